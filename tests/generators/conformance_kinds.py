"""Toy generators of every kind that the contract knows: whole synthesis, redrawing, imports, …"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

import cv2
import numpy as np
from pydantic import BaseModel, Field

from generators.contract import CannotForge, GeneratorSpec, Item, Need, Options, forge_each
from schemas.errors import MissingExtraError
from schemas.job import Forgery, Job
from schemas.vocabulary import Domain, MaskKind, Scope
from tests.generators.conformance_toys import SPEC, Toy

PROMPTED = frozenset({Need.PROMPT})
MASKED = frozenset({Need.SOURCE, Need.MASK})


class Painter(Toy):
    """Whole synthesis: colours from the prompt and the seed, at the size of the picture beside."""

    spec = replace(
        SPEC, needs=PROMPTED, makes=Domain.AIGC, scope=Scope.FULL, tolerance=2, model="tiny/paint"
    )

    def one(self, job: Job) -> Forgery:
        if not (job.prompt or "").strip():
            raise CannotForge("empty_prompt", "there is nothing to paint")
        image = np.random.default_rng(job.seed).integers(
            0, 256, job.source.pixels.shape, dtype=np.uint8
        )
        return Forgery(job.job_id, image, Scope.FULL, None)


class Greedy(Painter):
    """Wants marks on a picture that it only stands beside."""

    def one(self, job: Job) -> Forgery:
        if not job.source.instances:
            raise CannotForge("no_object")
        return super().one(job)


class Redrawer(Toy):
    """Redraws the whole picture at half its size, and says so."""

    spec = replace(
        SPEC, needs=MASKED, mask_kinds=(MaskKind.SEGMENT, MaskKind.BOX), scope=Scope.REGENERATED
    )

    def one(self, job: Job) -> Forgery:
        if job.mask is None or not job.mask.any():
            raise CannotForge("empty_mask")
        height, width = job.source.pixels.shape[:2]
        rng = np.random.default_rng(job.seed)
        half = cv2.resize(job.source.pixels, (width // 2, height // 2))
        image = np.clip(half + rng.normal(0.0, 2.0, half.shape), 0, 255).astype(np.uint8)
        notes = ("resized to half its size",)
        return Forgery(job.job_id, image, Scope.REGENERATED, job.mask, notes=notes)


class Instructed(Redrawer):
    """Redraws what a prompt says; where the picture changes nobody knows beforehand."""

    spec = replace(Redrawer.spec, needs=frozenset({Need.SOURCE, Need.PROMPT}), mask_kinds=())

    def one(self, job: Job) -> Forgery:
        if not job.prompt:
            raise CannotForge("empty_prompt")
        whole = np.ones(job.source.pixels.shape[:2], dtype=np.bool_)
        return replace(super().one(replace(job, mask=whole)), applied=None)


class Forgetful(Redrawer):
    """Says nothing of where it was asked to change the picture."""

    def one(self, job: Job) -> Forgery:
        return replace(super().one(job), applied=None)


class Silent(Redrawer):
    """Says nothing of the other size."""

    def one(self, job: Job) -> Forgery:
        return replace(super().one(job), notes=())


class Shrunk(Redrawer):
    """Gives a mask of no picture's size."""

    def one(self, job: Job) -> Forgery:
        made = super().one(job)
        return replace(made, applied=np.asarray(made.applied)[::3])


class ModelOptions(Options):
    """Options that choose a model."""

    model: str = Field("small", description="The model.")


class Choosing(Toy):
    """What it is follows from its options."""

    Options: ClassVar[type[BaseModel]] = ModelOptions

    def configured(self) -> GeneratorSpec:
        return replace(self.spec, operations=(f"invert_{self.options.model}",))


class Wrongly(Choosing):
    """Configured, it is named otherwise."""

    def configured(self) -> GeneratorSpec:
        return replace(self.spec, name="other")


class Tried(Toy):
    """Runs only where something has been prepared."""

    class Options(ModelOptions):
        """Options without which it cannot be made."""

        server: str = Field(description="Where it runs.")

    @staticmethod
    @contextmanager
    def trial() -> Iterator[Mapping[str, Any]]:
        os.environ["TOY_SERVER"] = "up"
        try:
            yield {"server": "TOY_SERVER"}
        finally:
            del os.environ["TOY_SERVER"]

    def one(self, job: Job) -> Forgery:
        if os.environ.get(self.options.server) != "up":
            raise ConnectionError("nothing is prepared")
        return super().one(job)


class Untried(Toy):
    """Its trial cannot be held."""

    @staticmethod
    def trial() -> Any:
        raise OSError("no port is free")


class Uninstalled(Toy):
    """Needs a package that is not there."""

    def one(self, job: Job) -> Forgery:
        raise MissingExtraError("ml", "torch", "toy")


class Import(Toy):
    """Brings pictures of its own."""

    spec = replace(SPEC, needs=frozenset(), scope=Scope.FULL, terms="unknown")
    pictures: ClassVar[tuple[str, ...]] = ("set/1.png", "set/2.png", "set/3.png")

    def items(self, count: int) -> Sequence[Item]:
        return tuple(Item(name, prompt="a toy") for name in self.pictures[:count])

    def forge(self, jobs: Iterable[Job]) -> Iterator[Any]:
        return forge_each(jobs, self.bring)

    def bring(self, job: Job) -> Forgery:
        if job.item not in self.pictures:
            raise CannotForge("no_such_item", f"the set has no {job.item!r}")
        shade = 40 * (1 + self.pictures.index(job.item))
        return Forgery(job.job_id, np.full((48, 64, 3), shade, np.uint8), Scope.FULL, None)


class Empty(Import):
    """Has nothing to bring."""

    pictures = ()


class Shuffled(Import):
    """Takes from the other end when asked for fewer."""

    def items(self, count: int) -> Sequence[Item]:
        return tuple(Item(name) for name in self.pictures[-count:])


class Generous(Import):
    """Gives more than it is asked for."""

    pictures = tuple(f"set/{number}.png" for number in range(9))

    def items(self, count: int) -> Sequence[Item]:
        return tuple(map(Item, self.pictures))


class Careless(Import):
    """Breaks at a name that it does not know."""

    def bring(self, job: Job) -> Forgery:
        return super().bring(replace(job, item=self.pictures[self.pictures.index(job.item or "")]))


class Paid(Toy):
    """A service: it draws by itself, whatever the seed."""

    def use_account(self, account: Any) -> None:
        """Pay from `account`."""

    def one(self, job: Job) -> Forgery:
        return self.invert(job, (0.5, 0.5))
