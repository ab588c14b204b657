"""Loads pipelines and autoencoders, and lets those of one checkpoint share its weights."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from generators.diffusion.choosing import pipeline_class
from generators.diffusion.locating import Located, unavailable
from generators.diffusion.preset import Preset, Task
from generators.diffusion.shelf import SHELF, Machine, one_at_a_time
from schemas.errors import GeneratorError


def load_pipeline(
    located: Located, preset: Preset, task: Task, machine: Machine, prior: Located | None = None
) -> Any:
    """The pipeline that runs `task`, with the networks of `prior` where its checkpoint lacks them.

    Raises `GeneratorError` that says what to do instead.
    """
    name = preset.pipelines[task] or ""
    cls = pipeline_class(name or located.pipeline, task, given=bool(name))
    # With offloading, each pipeline moves the networks about by hooks of its own.
    alone = (cls.__name__, preset.scheduler) if machine.offload != "none" else None
    key = (located.place, located.content, prior and prior.content, machine, alone)
    with one_at_a_time():
        pipelines = SHELF.of(key)
        wanted = (cls.__name__, preset.scheduler)
        if wanted not in pipelines:
            try:
                pipelines[wanted] = _shared(cls, located, preset, pipelines) or _placed(
                    _loaded(cls, located, preset, machine, prior), machine
                )
            except GeneratorError:
                raise
            except Exception as error:
                raise unavailable(located.place, located.commit, error) from error
            finally:
                SHELF.forget_empty(key)
        return pipelines[wanted]


def load_upscaler(located: Located, name: str, base: Any, machine: Machine) -> Any:
    """The second stage of a cascade, which reads prompts with the encoder of the first."""
    cls = pipeline_class(name, Task.TEXT_TO_IMAGE, given=True)
    shared = {n: base.components[n] for n in ("text_encoder", "tokenizer") if n in base.components}
    with one_at_a_time():
        key = (located.place, located.content, machine, cls.__name__)
        pipelines = SHELF.of(key)
        if "upscaler" not in pipelines:
            try:
                pipelines["upscaler"] = _placed(
                    _from_pretrained(cls, located, machine, **shared), machine
                )
            except Exception as error:
                raise unavailable(located.place, located.commit, error) from error
            finally:
                SHELF.forget_empty(key)
        return pipelines["upscaler"]


def load_autoencoder(located: Located, machine: Machine) -> Any:
    """The autoencoder alone, without the rest of its checkpoint."""
    import diffusers

    folder = located.autoencoder
    if folder is None:
        raise GeneratorError(
            f"The checkpoint {located.place!r} works on pixels and has no autoencoder; name "
            "another one."
        )
    with one_at_a_time():
        key = (located.place, located.content, machine, "autoencoder")
        models = SHELF.of(key)
        if "autoencoder" not in models:
            try:
                model = diffusers.AutoModel.from_pretrained(
                    located.place,
                    subfolder=folder or None,
                    revision=located.commit,
                    variant=machine.variant,
                    dtype=machine.torch_dtype,
                )
            except Exception as error:
                raise unavailable(located.place, located.commit, error) from error
            finally:
                SHELF.forget_empty(key)
            models["autoencoder"] = model.eval().requires_grad_(False).to(machine.device)
            if machine.compile:
                models["autoencoder"].compile()
        return models["autoencoder"]


def _loaded(
    cls: type[Any], located: Located, preset: Preset, machine: Machine, prior: Located | None
) -> Any:
    given = {} if preset.scheduler is None else {"scheduler": _scheduler(located, preset)}
    if prior is None:
        return _from_pretrained(cls, located, machine, **given)
    import diffusers

    # Left to itself, diffusers looks for the prior at the decoder's commit (0.42).
    decoder = _from_pretrained(diffusers.DiffusionPipeline, located, machine)
    first = _from_pretrained(diffusers.DiffusionPipeline, prior, machine)
    named = {f"prior_{name}": component for name, component in first.components.items()}
    return cls(**{**decoder.components, **named, **given})


def _from_pretrained(cls: type[Any], located: Located, machine: Machine, **given: Any) -> Any:
    return cls.from_pretrained(
        located.place,
        revision=located.commit,
        variant=machine.variant,
        dtype=machine.torch_dtype,
        **given,
    )


def _placed(pipeline: Any, machine: Machine) -> Any:
    pipeline.set_progress_bar_config(disable=True)
    if machine.offload == "model":
        pipeline.enable_model_cpu_offload(device=machine.device)
    elif machine.offload == "sequential":
        pipeline.enable_sequential_cpu_offload(device=machine.device)
    else:
        pipeline.to(machine.device)
    if machine.compile:
        for name in ("transformer", "unet"):
            denoiser = pipeline.components.get(name)
            if denoiser is not None:
                denoiser.compile()
    return pipeline


def _shared(
    cls: type[Any], located: Located, preset: Preset, pipelines: Mapping[object, Any]
) -> Any | None:
    """A pipeline of the networks of one that is loaded; None where they do not suffice.

    `DiffusionPipeline.from_pipe` would cast the shared networks, also those kept in float32.
    """
    parameters = inspect.signature(cls.__init__).parameters
    wanted = {n: p for n, p in parameters.items() if n not in ("self", "args", "kwargs")}
    required = {n for n, p in wanted.items() if p.default is inspect.Parameter.empty}
    for other in pipelines.values():
        known = {**other.config, **other.components}
        given = {name: known[name] for name in wanted if name in known}
        if required <= given.keys():
            # A scheduler keeps the state of a run.
            pipeline = cls(**given | {"scheduler": _scheduler(located, preset)})
            pipeline.set_progress_bar_config(disable=True)
            return pipeline
    return None


def _scheduler(located: Located, preset: Preset) -> Any:
    """The scheduler that the preset names, or else the checkpoint, with the checkpoint's numbers.

    Raises `GeneratorError` where diffusers has none of that name.
    """
    import diffusers

    name = preset.scheduler or located.index["scheduler"][1]
    found = getattr(diffusers, name, None)
    if found is None or not hasattr(found, "from_config"):
        raise GeneratorError(
            f"diffusers {diffusers.__version__} has no scheduler {name!r}; see "
            "https://huggingface.co/docs/diffusers/api/schedulers/overview for their names."
        )
    return found.from_pretrained(located.place, subfolder="scheduler", revision=located.commit)
