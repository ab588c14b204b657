"""Inpainting: a region is drawn anew after a prompt; the model redraws the picture around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar

from pydantic import BaseModel, Field

from generators.contract import CannotForge, GeneratorSpec, Need
from generators.diffusion.drafts import Draft, Drawn, forge_drafts
from generators.diffusion.masks import softened
from generators.diffusion.options import SamplingOptions
from generators.diffusion.preparing import draft_of, forgery_of
from generators.diffusion.preset import Task
from generators.diffusion.sampling import Sampler
from generators.diffusion.specs import FAMILY, configured_spec
from schemas.job import Forgery, Job, Rejection
from schemas.vocabulary import Domain, MaskKind, Scope

_MOST = 0.95


class InpaintOptions(SamplingOptions):
    """Options of `diffusion_inpaint`."""

    task = Task.INPAINT

    strength: float = Field(
        1.0,
        ge=0.05,
        le=1.0,
        description="How much of what was inside the mask is forgotten; 1 forgets all of it.",
    )
    dilate: int = Field(
        0, ge=0, le=128, description="By how much the requested mask is widened first, px."
    )
    blur: float = Field(
        0.0,
        ge=0.0,
        le=64.0,
        description=(
            "Sigma of a Gaussian that smooths the mask's outline, px. The mask stays hard: the "
            "pipelines of diffusers cut it at one half."
        ),
    )


class Inpaint:
    """Draws a region anew after a prompt, with a pipeline of diffusers.

    The applied mask is what the pipeline makes of the requested one: mostly whole cells of its
    latent picture. Outside of it the picture has gone through the model's autoencoder too.
    """

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="diffusion_inpaint",
        version="1",
        family=FAMILY,
        summary="Draws the masked region anew from a prompt, with any checkpoint of diffusers.",
        domains=(Domain.NATURAL,),
        operations=("inpaint_object", "inpaint_remove"),
        needs=frozenset({Need.SOURCE, Need.MASK, Need.PROMPT}),
        mask_kinds=(
            MaskKind.OBJECT,
            MaskKind.BOX,
            MaskKind.IRREGULAR,
            MaskKind.STUFF,
            MaskKind.SEGMENT,
            MaskKind.SUPPLIED,
        ),
        terms="Output is subject to the checkpoint's licence.",
        scope=Scope.REGENERATED,
        tolerance=2,
        reference=(
            "Rombach et al., High-Resolution Image Synthesis with Latent Diffusion Models, 2022; "
            "Avrahami et al., Blended Latent Diffusion, 2023"
        ),
        seconds=2.0,
    )
    Options: ClassVar[type[BaseModel]] = InpaintOptions

    def __init__(self, options: InpaintOptions) -> None:
        self.options = options

    def configured(self) -> GeneratorSpec:
        """The spec with what the options' checkpoint is."""
        return configured_spec(self.spec, self.options)

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order."""
        return forge_drafts(jobs, self._sampler, self._draft, self._finish)

    def _sampler(self) -> Sampler:
        return Sampler(self.options, {"strength": self.options.strength})

    def _draft(self, job: Job, sampler: Sampler) -> Draft:
        if job.mask is None or not job.mask.any():
            raise CannotForge("empty_mask", "there is nothing to draw anew: the mask is empty")
        draft = draft_of(job, sampler)
        mask = softened(job.mask, self.options.dilate, self.options.blur)
        use = sampler.mask_use
        given = use.given(draft.frame.put_mask(mask))
        applied = draft.frame.mask_back(use.applied(given))
        if not applied.any():
            raise CannotForge("empty_mask", "nothing of the mask is left after it was smoothed")
        if applied.mean() > _MOST:
            raise CannotForge(
                "mask_too_large",
                f"the mask covers {applied.mean():.0%}, at most {_MOST:.0%} may be",
            )
        return replace(draft, given=given, applied=applied)

    def _finish(self, draft: Draft, drawn: Drawn) -> Forgery:
        softening = {"dilate": self.options.dilate, "blur": self.options.blur}
        drawn = replace(drawn, parameters=drawn.parameters | softening)
        return forgery_of(draft, drawn, Scope.REGENERATED, draft.applied)
