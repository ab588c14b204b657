"""Calls a pipeline: the arguments that its class takes, its peculiarities, and what came back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from generators.contract import CannotForge
from generators.diffusion.choosing import accepted
from generators.diffusion.drafts import Draft
from generators.diffusion.preset import Preset, Task
from schemas.errors import GeneratorError
from schemas.picture import Pixels

# Kandinsky's inpainting blends every picture with the first one's mask and latents; the others take
# all images as references for one picture.
_ONE_IMAGE_A_CALL = frozenset(
    {
        "KandinskyV22InpaintCombinedPipeline",
        "KandinskyV22InpaintPipeline",
        "Flux2Pipeline",
        "Flux2KleinPipeline",
        "QwenImageEditPlusPipeline",
    }
)
# Its decoder hands height and width on in the wrong order (diffusers 0.42).
_TRANSPOSED = frozenset({"KandinskyV22Img2ImgCombinedPipeline", "KandinskyV22Img2ImgPipeline"})
_USUAL = (1024, 1024)
_WANTED = {
    Task.TEXT_TO_IMAGE: {"prompt"},
    Task.VARIATION: {"prompt", "image"},
    Task.INPAINT: {"prompt", "image", "mask_image"},
    Task.EDIT: {"prompt", "image"},
}


def most_at_once(cls: type[Any], task: Task, asked: int) -> int:
    """The batch that a class can take: `asked`, or 1 where it would mix up its pictures."""
    mixes = task is not Task.TEXT_TO_IMAGE and cls.__name__ in _ONE_IMAGE_A_CALL
    return 1 if mixes else asked


def size_multiple(pipeline: Any) -> int:
    """What the sides of the working size must be multiples of, px."""
    scale = latent_scale(pipeline)
    if hasattr(pipeline, "movq"):
        return scale * scale
    transformer = pipeline.components.get("transformer")
    patch = getattr(getattr(transformer, "config", None), "patch_size", 1) or 1
    if not isinstance(patch, int):
        patch = max(patch)
    processor = getattr(pipeline, "image_processor", None)
    packed = processor.config.vae_scale_factor if processor is not None else 1
    # Some refuse what is no multiple of 8, whatever their networks take.
    return math.lcm(8, scale * patch, packed)


def latent_scale(pipeline: Any) -> int:
    """Pixels along one side of a cell of the latent picture; 8 for pixels that a U-Net halves."""
    if hasattr(pipeline, "movq"):
        return int(2 ** (len(pipeline.movq.config.block_out_channels) - 1))
    return int(getattr(pipeline, "vae_scale_factor", 8))


def native_size(pipeline: Any) -> tuple[int, int]:
    """The (width, height) that a pipeline draws at unless told otherwise, px."""
    sample: Any = getattr(pipeline, "default_sample_size", None)
    for name in ("unet", "transformer"):
        config = getattr(pipeline.components.get(name), "config", {})
        sample = sample or config.get("sample_size")
    if not isinstance(sample, int):
        return _USUAL
    # DeepFloyd IF has no latent picture: its networks count in pixels.
    side = sample * (latent_scale(pipeline) if _has_autoencoder(pipeline) else 1)
    return side, side


def _has_autoencoder(pipeline: Any) -> bool:
    return bool({"vae", "movq"} & pipeline.components.keys())


def arguments(
    pipeline: Any,
    task: Task,
    preset: Preset,
    drafts: Sequence[Draft],
    generators: list[Any],
    extra: Mapping[str, object],
) -> dict[str, Any]:
    """What to call `pipeline` with. Raises `GeneratorError` where it cannot do the task at all."""
    cls = type(pipeline)
    takes = accepted(cls)
    missing = sorted(_WANTED[task] - takes)
    if missing:
        raise GeneratorError(
            f"{cls.__name__} takes no {' and no '.join(missing)}, so it is no pipeline for the "
            f"task {task.value!r}; name another one with the option 'pipeline'."
        )
    width, height = drafts[0].frame.working
    if preset.upscaler is not None:
        width, height = width // preset.upscaler[2], height // preset.upscaler[2]
    values: dict[str, Any] = {
        "prompt": [draft.prompt for draft in drafts],
        "height": height,
        "width": width,
        "generator": generators,
        "output_type": "pil" if "watermarker" in pipeline.components else "np",
        # FLUX.1 Kontext would scale to a million pixels and to sizes of its own.
        "max_area": width * height,
        "_auto_resize": False,
        **extra,
    }
    if preset.steps is not None:
        values["num_inference_steps"] = preset.steps
    if preset.guidance is not None:
        values[preset.guidance_name] = preset.guidance
    if preset.negative_prompt is not None:
        values["negative_prompt"] = [preset.negative_prompt] * len(drafts)
    if cls.__name__ in _TRANSPOSED:
        values["height"], values["width"] = width, height
    if task is not Task.TEXT_TO_IMAGE:
        values["image"] = [Image.fromarray(d.image) for d in drafts if d.image is not None]
    if task is Task.INPAINT:
        values["mask_image"] = [
            Image.fromarray(d.given.astype(np.uint8) * 255) for d in drafts if d.given is not None
        ]
    return {name: value for name, value in values.items() if name in takes} | {
        name: value for name, value in preset.call.items() if name in takes
    }


def pictures(pipeline: Any, output: Any) -> list[Pixels | CannotForge]:
    """The pictures of a call, those that a safety checker blacked out as refusals."""
    flags = getattr(output, "nsfw_content_detected", None)
    if flags is None:
        flags = getattr(output, "nsfw_detected", None)
    checked = pipeline.components.get("safety_checker") is not None
    found: list[Pixels | CannotForge] = []
    for number, image in enumerate(output.images):
        values = np.asarray(image)
        black = checked and not values.any()
        if black or (flags is not None and bool(flags[number])):
            found.append(
                CannotForge(
                    "blocked_by_safety_checker", "the checkpoint's own checker blacked it out"
                )
            )
        elif not np.isfinite(values).all():
            found.append(
                CannotForge(
                    "not_a_number",
                    "the networks overflowed; the option 'dtype' takes float32 and bfloat16",
                )
            )
        elif values.dtype == np.uint8:
            found.append(values)
        else:
            found.append(np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8))
    return found
