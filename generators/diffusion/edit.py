"""Instruction editing: a model changes a picture as it is told, wherever it sees fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from pydantic import BaseModel, Field

from generators.contract import CannotForge, GeneratorSpec, Need
from generators.diffusion.drafts import Draft, Drawn, forge_drafts
from generators.diffusion.options import SamplingOptions
from generators.diffusion.preparing import draft_of, forgery_of
from generators.diffusion.preset import Task
from generators.diffusion.sampling import Sampler
from generators.diffusion.specs import FAMILY, configured_spec
from schemas.job import Forgery, Job, Rejection
from schemas.vocabulary import Domain, Scope


class EditOptions(SamplingOptions):
    """Options of `diffusion_edit`."""

    task = Task.EDIT

    image_guidance: float = Field(
        1.5,
        ge=0.0,
        le=20.0,
        description="How closely InstructPix2Pix keeps to the picture; others take none.",
    )
    strength: float | None = Field(
        None,
        ge=0.05,
        le=1.0,
        description=(
            "Share of the denoising that is done anew by checkpoints that follow no instructions "
            "and redraw the picture after the prompt instead (pocket). Default: the preset's."
        ),
    )


class Edit:
    """Changes a picture as an instruction says, with a pipeline of diffusers."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="diffusion_edit",
        version="1",
        family=FAMILY,
        summary="Changes a picture as an instruction says, with an editing model of diffusers.",
        domains=(Domain.NATURAL,),
        operations=("instruct_edit",),
        needs=frozenset({Need.SOURCE, Need.PROMPT}),
        terms="Output is subject to the checkpoint's licence.",
        scope=Scope.REGENERATED,
        tolerance=2,
        reference=(
            "Brooks, Holynski and Efros, InstructPix2Pix: Learning to Follow Image Editing "
            "Instructions, 2023"
        ),
        seconds=2.0,
    )
    Options: ClassVar[type[BaseModel]] = EditOptions

    def __init__(self, options: EditOptions) -> None:
        self.options = options

    def configured(self) -> GeneratorSpec:
        """The spec with what the options' checkpoint is."""
        return configured_spec(self.spec, self.options)

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order."""
        return forge_drafts(jobs, self._sampler, _draft, _finish)

    def _sampler(self) -> Sampler:
        options = self.options
        strength = options.chosen.strength if options.strength is None else options.strength
        return Sampler(
            options, {"image_guidance_scale": options.image_guidance, "strength": strength}
        )


def _draft(job: Job, sampler: Sampler) -> Draft:
    if not (job.prompt or "").strip():
        raise CannotForge("empty_prompt", "there is no instruction to follow")
    return draft_of(job, sampler)


def _finish(draft: Draft, drawn: Drawn) -> Forgery:
    return forgery_of(draft, drawn, Scope.REGENERATED, None)
