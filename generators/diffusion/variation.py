"""Image variation: a whole picture drawn anew after a real one that was noised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from pydantic import BaseModel, Field

from generators.contract import GeneratorSpec, Need
from generators.diffusion.drafts import Draft, Drawn, forge_drafts
from generators.diffusion.options import SamplingOptions
from generators.diffusion.preparing import draft_of, forgery_of
from generators.diffusion.preset import Task
from generators.diffusion.sampling import Sampler
from generators.diffusion.specs import FAMILY, configured_spec
from schemas.job import Forgery, Job, Rejection
from schemas.vocabulary import Domain, Scope


class VariationOptions(SamplingOptions):
    """Options of `diffusion_variation`."""

    task = Task.VARIATION

    strength: float | None = Field(
        None,
        ge=0.05,
        le=1.0,
        description=(
            "Share of the denoising that is done anew: 0 keeps the picture, 1 forgets it. Default: "
            "the preset's, mostly 0.6."
        ),
    )


class Variation:
    """Draws a picture anew after a real one, with a pipeline of diffusers."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="diffusion_variation",
        version="1",
        family=FAMILY,
        summary="Draws a whole picture anew after a real one, with any checkpoint of diffusers.",
        domains=(Domain.NATURAL,),
        operations=("image_variation",),
        needs=frozenset({Need.SOURCE, Need.PROMPT}),
        terms="Output is subject to the checkpoint's licence.",
        makes=Domain.AIGC,
        scope=Scope.FULL,
        tolerance=2,
        reference=(
            "Meng et al., SDEdit: Guided Image Synthesis and Editing with Stochastic Differential "
            "Equations, 2022"
        ),
        seconds=2.0,
    )
    Options: ClassVar[type[BaseModel]] = VariationOptions

    def __init__(self, options: VariationOptions) -> None:
        self.options = options

    def configured(self) -> GeneratorSpec:
        """The spec with what the options' checkpoint is."""
        return configured_spec(self.spec, self.options)

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order. A job without words is drawn without any."""
        return forge_drafts(jobs, self._sampler, draft_of, _finish)

    def _sampler(self) -> Sampler:
        options = self.options
        strength = options.chosen.strength if options.strength is None else options.strength
        return Sampler(options, {"strength": strength})


def _finish(draft: Draft, drawn: Drawn) -> Forgery:
    return forgery_of(draft, drawn, Scope.FULL, None)
