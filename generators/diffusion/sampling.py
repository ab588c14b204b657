"""Draws batches with a pipeline: seeds, memory, the second stage, and a record of what was done."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from generators.contract import CannotForge
from generators.diffusion.calling import (
    arguments,
    latent_scale,
    most_at_once,
    native_size,
    pictures,
    size_multiple,
)
from generators.diffusion.choosing import accepted
from generators.diffusion.drafts import Draft, Drawn
from generators.diffusion.loading import load_pipeline, load_upscaler
from generators.diffusion.locating import Located, locate, locate_second
from generators.diffusion.masks import MaskUse, mask_use
from generators.diffusion.memory import draw_in_halves
from generators.diffusion.options import CheckpointOptions, SamplingOptions
from generators.diffusion.preset import Preset
from generators.diffusion.prompting import clipped_tokens
from generators.diffusion.quiet import undisturbed
from generators.diffusion.shelf import Machine, machine_for, one_at_a_time
from schemas.identity import derive_seed
from schemas.picture import Pixels


class Sampler:
    """A loaded pipeline with the settings of a task."""

    def __init__(self, options: SamplingOptions, extra: Mapping[str, float] | None = None) -> None:
        preset, self.task = options.chosen, options.task
        machine = machine_for(options, preset)
        second: dict[str, str] = {}
        with one_at_a_time(), undisturbed(0, machine.device):
            located = locate(preset.checkpoint, options.revision)
            prior = None
            if preset.prior is not None and "prior_prior" not in located.index:
                prior = locate_second(preset.prior)
                second["prior_weights"] = prior.content
            self.pipeline = load_pipeline(located, preset, self.task, machine, prior)
            self._upscaler: Any = None
            if preset.upscaler is not None:
                larger = locate_second(preset.upscaler[0])
                second["upscaler_weights"] = larger.content
                self._upscaler = load_upscaler(larger, preset.upscaler[1], self.pipeline, machine)
        takes = accepted(type(self.pipeline))
        extra = {name: value for name, value in (extra or {}).items() if name in takes}
        if preset.steps is not None and "strength" in extra:
            # A pipeline takes that share of the steps and refuses where none is left.
            enough = math.ceil(1 / extra["strength"])
            preset = replace(preset, steps=max(preset.steps, enough))
        self.preset, self._extra, self._device = preset, extra, machine.device
        self.size = preset.size or "source"
        self.batch_size = most_at_once(type(self.pipeline), self.task, options.batch_size)
        self._notes = _unheard(preset, takes)
        self._known = {
            **provenance(options, preset, located, machine),
            "pipeline": type(self.pipeline).__name__,
            "scheduler": type(self.pipeline.scheduler).__name__,
            "steps": preset.steps,
            "guidance": preset.guidance,
            "negative_prompt": preset.negative_prompt,
            **extra,
            **second,
        }

    @property
    def multiple(self) -> int:
        """What the sides of the working size must be multiples of, px."""
        larger = self.preset.upscaler[2] if self.preset.upscaler else 1
        return size_multiple(self.pipeline) * larger

    @property
    def native(self) -> tuple[int, int]:
        """The (width, height) that the checkpoint was trained for, px."""
        return self.preset.native or native_size(self.pipeline)

    @property
    def mask_use(self) -> MaskUse:
        """What the pipeline makes of a mask."""
        return mask_use(type(self.pipeline).__name__, latent_scale(self.pipeline))

    def clipped(self, prompt: str) -> tuple[tuple[str, int], ...]:
        """How many tokens of a prompt do not fit, by tokenizer."""
        return clipped_tokens(self.pipeline, prompt, self.preset.call)

    def draw(self, drafts: Sequence[Draft]) -> list[Drawn | CannotForge]:
        """Draw drafts of one working size, each by its own seed; fewer at once if memory is short.

        Raises MemoryError where not even one fits.
        """
        stray = derive_seed("stray", drafts[0].job.seed)
        with one_at_a_time(), undisturbed(stray, self._device):
            results, size = draw_in_halves(self._run, drafts, self.batch_size)
        if size < self.batch_size:
            self.batch_size = size
            self._notes += (f"the batch was halved to {size} after running out of memory",)
        return [
            result if isinstance(result, CannotForge) else self._drawn(draft, result)
            for draft, result in zip(drafts, results, strict=True)
        ]

    def _drawn(self, draft: Draft, pixels: Pixels) -> Drawn:
        parameters: dict[str, Any] = {
            **self._known,
            "size": list(draft.frame.working),
            "batch_size": self.batch_size,
        }
        if draft.clipped:
            parameters["prompt_clipped"] = dict(draft.clipped)
        return Drawn(pixels, parameters, self._notes)

    def _run(self, drafts: Sequence[Draft]) -> list[Pixels | CannotForge]:
        import torch

        # On the processor, so that a seed means the same on every card.
        seeds = [torch.Generator("cpu").manual_seed(draft.job.seed) for draft in drafts]
        call = arguments(self.pipeline, self.task, self.preset, drafts, seeds, self._extra)
        if self._upscaler is None:
            return pictures(self.pipeline, self.pipeline(**call))
        small = self.pipeline(**call | {"output_type": "pt"}).images
        width, height = drafts[0].frame.working
        if self.preset.steps is not None:
            # The second stage refines: its authors give it half the steps of the first.
            call["num_inference_steps"] = -(-self.preset.steps // 2)
        large = self._upscaler(
            prompt=call["prompt"],
            image=small,
            height=height,
            width=width,
            generator=seeds,
            output_type="pil",
            **{n: call[n] for n in ("num_inference_steps", "clean_caption") if n in call},
        )
        return pictures(self._upscaler, large)


def _unheard(preset: Preset, takes: frozenset[str]) -> tuple[str, ...]:
    """What of the settings means nothing to a pipeline that takes these arguments, in sentences."""
    told = []
    if preset.guidance is not None and preset.guidance_name not in takes:
        told.append("the pipeline takes no guidance; it was left out")
    # Those that were distilled with guidance heed a negative prompt under true guidance alone.
    deaf = "true_cfg_scale" in takes and preset.guidance_name != "true_cfg_scale"
    if preset.negative_prompt is not None and (deaf or "negative_prompt" not in takes):
        told.append("the pipeline does not heed the negative prompt")
    return tuple(told)


def provenance(
    options: CheckpointOptions, preset: Preset, located: Located, machine: Machine
) -> dict[str, Any]:
    """Which weights were run, and by what."""
    import diffusers
    import torch

    return {
        "preset": preset.name if options.checkpoint is None else options.preset,
        "checkpoint": preset.name if located.commit is None else located.place,
        "weights": located.content,
        "variant": machine.variant,
        "dtype": machine.dtype,
        "device": machine.device.partition(":")[0],
        "offload": machine.offload,
        "compiled": machine.compile,
        "torch": torch.__version__,
        "diffusers": diffusers.__version__,
    }
