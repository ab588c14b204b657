"""Text to image: a whole picture from a prompt, beside a real one of the same size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar

from pydantic import BaseModel, Field

from generators.contract import CannotForge, GeneratorSpec, Need
from generators.diffusion.drafts import Draft, Drawn, forge_drafts
from generators.diffusion.options import SamplingOptions
from generators.diffusion.preset import Preset, Task
from generators.diffusion.prompting import clip_notes
from generators.diffusion.sampling import Sampler
from generators.diffusion.sizes import Frame, asked, fitting, times
from generators.diffusion.specs import FAMILY, configured_spec
from schemas.job import Forgery, Job, Rejection
from schemas.vocabulary import Domain, Scope


class TextToImageOptions(SamplingOptions):
    """Options of `diffusion_text_to_image`."""

    task = Task.TEXT_TO_IMAGE

    upscaler: str | None = Field(
        None,
        description=(
            "Checkpoint of a cascade's second stage (DeepFloyd IF), hub name (@revision to pin it) "
            "or folder. Default: the preset's."
        ),
    )

    @property
    def chosen(self) -> Preset:
        """The preset with what these options put in its place."""
        base = super().chosen
        if self.upscaler is None:
            return base
        _, name, larger = base.upscaler or ("", "IFSuperResolutionPipeline", 4)
        return replace(base, upscaler=(self.upscaler, name, larger))


class TextToImage:
    """Synthesises a picture from a prompt with a pipeline of diffusers."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="diffusion_text_to_image",
        version="1",
        family=FAMILY,
        summary="Synthesises a whole picture from a text prompt, with any checkpoint of diffusers.",
        domains=(Domain.NATURAL,),
        operations=("text_to_image",),
        needs=frozenset({Need.PROMPT}),
        terms="Output is subject to the checkpoint's licence.",
        makes=Domain.AIGC,
        scope=Scope.FULL,
        tolerance=2,
        reference=(
            "Rombach et al., High-Resolution Image Synthesis with Latent Diffusion Models, 2022"
        ),
        seconds=2.0,
    )
    Options: ClassVar[type[BaseModel]] = TextToImageOptions

    def __init__(self, options: TextToImageOptions) -> None:
        self.options = options

    def configured(self) -> GeneratorSpec:
        """The spec with what the options' checkpoint is."""
        return configured_spec(self.spec, self.options)

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order."""
        return forge_drafts(jobs, lambda: Sampler(self.options), _draft, _finish)


def _draft(job: Job, sampler: Sampler) -> Draft:
    if not (job.prompt or "").strip():
        raise CannotForge("empty_prompt", "there is nothing to draw without a prompt")
    prompt = job.prompt or ""
    clipped = sampler.clipped(prompt)
    frame = _frame(job, sampler)
    notes = clip_notes(clipped)
    if frame.working != frame.source:
        drawn, kept = (f"{width}x{height}" for width, height in (frame.working, frame.source))
        notes = (
            f"the picture was drawn at {drawn}, as the model takes it, and cut to {kept}",
            *notes,
        )
    return Draft(job, frame, prompt, clipped=clipped, notes=notes)


def _frame(job: Job, sampler: Sampler) -> Frame:
    """The size to draw at; where it is the real picture's, what does not fit is cut off."""
    asked_for, multiple = sampler.size, sampler.multiple
    if asked_for == "source" and job.picture is not None:
        height, width = job.picture.pixels.shape[:2]
        return Frame((width, height), (width, height), fitting((width, height), multiple))
    size = sampler.native
    if asked_for not in ("source", "native"):
        size = asked(asked_for)
    elif job.picture is not None:
        height, width = job.picture.pixels.shape[:2]
        size = times((width, height), (size[0] * size[1] / (width * height)) ** 0.5)
    working = fitting(size, multiple)
    return Frame(working, working, working)


def _finish(draft: Draft, drawn: Drawn) -> Forgery:
    return Forgery(
        draft.job.job_id,
        draft.frame.back(drawn.pixels),
        Scope.FULL,
        None,
        parameters=drawn.parameters,
        notes=draft.notes + drawn.notes,
    )
