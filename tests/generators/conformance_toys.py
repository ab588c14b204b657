"""Toy generators for the tests of the conformance kit: a good one, and one a broken rule."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from generators.contract import CannotForge, GeneratorSpec, Need, Options, forge_each
from schemas.job import Forgery, Job, Rejection
from schemas.vocabulary import Domain, Scope

SPEC = GeneratorSpec(
    name="toy",
    version="1",
    family="toys",
    summary="Inverts a square.",
    domains=(Domain.NATURAL,),
    operations=("invert",),
    needs=frozenset({Need.SOURCE}),
    terms="Output carries the licences of its sources.",
)


class ToyOptions(Options):
    """Options of the toys."""

    side: int = Field(16, ge=1, description="Side of the square, in pixels.")


class Toy:
    """Keeps the contract; the toys below each break one rule of it."""

    spec: ClassVar[GeneratorSpec] = SPEC
    Options: ClassVar[type[BaseModel]] = ToyOptions

    def __init__(self, options: Any) -> None:
        self.options = options

    def forge(self, jobs: Iterable[Job]) -> Iterator[Any]:
        return forge_each(jobs, self.one)

    def one(self, job: Job) -> Forgery:
        return self.invert(job, np.random.default_rng(job.seed).random(2))

    def invert(self, job: Job, place: Any) -> Forgery:
        """Inverts the square whose top left corner lies at `place`, shares of the free range."""
        height, width = job.source.pixels.shape[:2]
        side = getattr(self.options, "side", 16)
        if min(height, width) <= side:
            raise CannotForge("picture_too_small", "the square does not fit")
        top, left = int(place[0] * (height - side)), int(place[1] * (width - side))
        applied = np.zeros((height, width), dtype=np.bool_)
        applied[top : top + side, left : left + side] = True
        image = job.source.pixels.copy()
        image[applied] = 255 - image[applied]
        return Forgery(job.job_id, image, Scope.SPLICED, applied, parameters={"top": top})


def variant(change: Callable[[Job, Forgery], Any]) -> type[Toy]:
    """A toy whose forgeries are changed by `change`."""

    class Variant(Toy):
        def one(self, job: Job) -> Forgery:
            result: Forgery = change(job, super().one(job))
            return result

    return Variant


def with_spec(**changes: Any) -> type[Toy]:
    class Declared(Toy):
        spec = replace(SPEC, **changes)

    return Declared


def with_options(options: Any) -> type[Toy]:
    class Configured(Toy):
        Options = options

    return Configured


class Undescribed(Options):
    """An option that nobody explains."""

    side: int = 16


class Demanding(Options):
    """An option without a default."""

    side: int = Field(description="Side of the square, in pixels.")


class Lenient(ToyOptions):
    """Misspelt options go unnoticed."""

    model_config = ConfigDict(extra="ignore")


class NoJson(Options):
    """A default that no recipe can hold."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    tint: Any = Field(object(), description="What JSON cannot hold.")


def local_options() -> type[Options]:
    """Options that no other process can find."""

    class Hidden(Options):
        side: int = Field(16, description="Side of the square, in pixels.")

    return Hidden


class BreaksWhenMade(Toy):
    """Cannot be constructed."""

    def __init__(self, options: Any) -> None:
        raise RuntimeError("no licence file")


class CallsHome(Toy):
    """Reaches for the network in its constructor, and hides that it failed."""

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        try:
            socket.create_connection(("localhost", 9))
        except OSError:
            self.weights = None


class Crashing(Toy):
    """Raises where it should reject."""

    def one(self, job: Job) -> Forgery:
        raise RuntimeError("out of ink")


class Forgetful(Toy):
    """Leaves the last job unanswered."""

    def forge(self, jobs: Iterable[Job]) -> Iterator[Any]:
        return super().forge(list(jobs)[:-1])


class Twice(Toy):
    """Answers every job two times."""

    def forge(self, jobs: Iterable[Job]) -> Iterator[Any]:
        return (answer for answer in super().forge(jobs) for _ in range(2))


class Backwards(Toy):
    """Answers the last job first."""

    def forge(self, jobs: Iterable[Job]) -> Iterator[Any]:
        yield from reversed(list(super().forge(jobs)))


class Strange(Toy):
    """Answers jobs that nobody gave it."""

    def forge(self, jobs: Iterable[Job]) -> Iterator[Any]:
        return (replace(answer, job_id=answer.job_id.upper()) for answer in super().forge(jobs))


class Bare(Toy):
    """Yields pixels instead of forgeries."""

    def forge(self, jobs: Iterable[Job]) -> Iterator[Any]:
        return (answer.image for answer in super().forge(jobs))


class Wordy(Toy):
    """Gives a sentence for a reason."""

    def forge(self, jobs: Iterable[Job]) -> Iterator[Any]:
        return (Rejection(job.job_id, "It did not work!") for job in jobs)


class Indexing(Toy):
    """Takes the iterable of jobs for a list."""

    def forge(self, jobs: Any) -> Iterator[Any]:
        return (self.one(jobs[i]) for i in range(len(jobs)))


class Picky(Toy):
    """Rejects ordinary jobs."""

    def one(self, job: Job) -> Forgery:
        raise CannotForge("wrong_moon")


class PickyInOne(Toy):
    """Rejects the ordinary jobs of one operation."""

    spec = replace(SPEC, operations=("invert", "invert_more"))

    def one(self, job: Job) -> Forgery:
        if job.operation == "invert_more":
            raise CannotForge("wrong_moon")
        return super().one(job)
