"""Toy generators whose results depend on what they must not, or that harm what is around them."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import numpy as np

from generators.contract import CannotForge
from schemas.job import Forgery, Job, Rejection
from tests.generators.conformance_toys import Toy


class Unseeded(Toy):
    """Every instance makes something else of a job, as a clock would."""

    made: ClassVar[list[None]] = []

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.made.append(None)
        self.shift = len(self.made) / 97

    def one(self, job: Job) -> Forgery:
        return self.invert(job, ((self.shift + job.seed % 89 / 89) % 1.0, 0.5))


class Seedless(Toy):
    """Makes the same of a picture whatever the seed."""

    def one(self, job: Job) -> Forgery:
        return self.invert(job, (0.5, 0.5))


class Counting(Toy):
    """The place in the batch leaks into the forgery."""

    def forge(self, jobs: Iterable[Job]) -> Iterator[Any]:
        for number, job in enumerate(jobs):
            try:
                yield self.invert(job, (number / 10 % 1.0, job.seed % 89 / 89))
            except CannotForge as refusal:
                yield Rejection(job.job_id, refusal.reason)


class Sorting(Toy):
    """Answers in the order of the ids."""

    def forge(self, jobs: Iterable[Job]) -> Iterator[Any]:
        return super().forge(sorted(jobs, key=lambda job: job.job_id))


class Remembering(Toy):
    """What it forged in an earlier batch shows in what it forges next."""

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.batches = 0

    def forge(self, jobs: Iterable[Job]) -> Iterator[Any]:
        self.batches += 1
        return super().forge(jobs)

    def one(self, job: Job) -> Forgery:
        return self.invert(job, (0.5 if self.batches > 1 else 0.0, job.seed % 89 / 89))


class Writing(Toy):
    """Writes into its input."""

    def one(self, job: Job) -> Forgery:
        result = super().one(job)
        job.source.pixels[0, 0] ^= 1
        return result


class WritingWherePermitted(Toy):
    """Writes into its input if that is not read-only."""

    def one(self, job: Job) -> Forgery:
        result = super().one(job)
        if job.source.pixels.flags.writeable:
            job.source.pixels[0, 0] ^= 1
        return result


class Sowing(Toy):
    """Seeds the global state of numpy."""

    def one(self, job: Job) -> Forgery:
        np.random.seed(job.seed % 2**32)  # noqa: NPY002 (careless on purpose)
        return self.invert(job, np.random.random(2))  # noqa: NPY002 (careless on purpose)


class Drawing(Toy):
    """Draws from the global state of random."""

    def one(self, job: Job) -> Forgery:
        return self.invert(job, (random.random(), job.seed % 89 / 89))


class BoundToItsProcess(Toy):
    """Makes something else in a process that another one started."""

    def one(self, job: Job) -> Forgery:
        first = multiprocessing.parent_process() is None
        return self.invert(job, (0.2 if first else 0.7, job.seed % 89 / 89))


class Fragile(Toy):
    """Breaks on small pictures."""

    def one(self, job: Job) -> Forgery:
        side = min(job.source.pixels.shape[:2])
        return self.invert(job, [(side - 16) ** 0.5 % 1.0, job.seed % 89 / 89 % (1 / (side // 16))])
