"""Reconstruction: a real picture through a model's autoencoder and back, its aligned fake twin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from pydantic import BaseModel, Field

from generators.contract import GeneratorSpec, Need
from generators.diffusion.autoencoding import Reconstructor
from generators.diffusion.drafts import Draft, Drawn, forge_drafts
from generators.diffusion.options import CheckpointOptions
from generators.diffusion.preparing import forgery_of
from generators.diffusion.preset import Task
from generators.diffusion.sizes import frame_for
from generators.diffusion.specs import FAMILY, configured_spec
from schemas.job import Forgery, Job, Rejection
from schemas.vocabulary import Domain, Scope


class ReconstructOptions(CheckpointOptions):
    """Options of `diffusion_reconstruct`."""

    task = Task.RECONSTRUCT

    sample: bool = Field(
        True,
        description=(
            "Draw the latent picture from the distribution that the encoder gives, as pipelines "
            "do; off: take its mean. Autoencoders that give a single latent have no such choice."
        ),
    )


class Reconstruct:
    """Encodes and decodes a real picture with the autoencoder of a checkpoint."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="diffusion_reconstruct",
        version="1",
        family=FAMILY,
        summary="Sends a real picture through a diffusion model's autoencoder and back.",
        domains=(Domain.NATURAL, Domain.DEEPFAKE, Domain.DOCUMENT),
        operations=("reconstruct",),
        needs=frozenset({Need.SOURCE}),
        terms="Output is subject to the checkpoint's licence.",
        makes=Domain.AIGC,
        scope=Scope.FULL,
        tolerance=2,
        reference=(
            "Rajan et al., Aligned Datasets Improve Detection of Latent Diffusion-Generated "
            "Images, 2025"
        ),
        seconds=0.5,
    )
    Options: ClassVar[type[BaseModel]] = ReconstructOptions

    def __init__(self, options: ReconstructOptions) -> None:
        self.options = options

    def configured(self) -> GeneratorSpec:
        """The spec with what the options' checkpoint is."""
        return configured_spec(self.spec, self.options)

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        """Answer every job once, in order."""
        return forge_drafts(jobs, self._reconstructor, _draft, _finish)

    def _reconstructor(self) -> Reconstructor:
        return Reconstructor(self.options, self.options.sample)


def _draft(job: Job, model: Reconstructor) -> Draft:
    height, width = job.source.pixels.shape[:2]
    frame = frame_for((width, height), model.size, model.native, model.multiple)
    return Draft(job, frame, image=frame.put(job.source.pixels), notes=frame.notes)


def _finish(draft: Draft, drawn: Drawn) -> Forgery:
    return forgery_of(draft, drawn, Scope.FULL, None)
