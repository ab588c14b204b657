"""Runs a generator on copies of jobs under controlled conditions and keeps all that happened."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from generators.conformance.random_states import seeded
from generators.contract import Generator
from schemas.errors import MissingExtraError
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Picture

Answer = Forgery | Rejection
_Item = TypeVar("_Item", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a generator: what it was given, what it gave back, and what it disturbed.

    `error` says what it raised, None where it raised nothing; `disturbed` names the global random
    states that it changed.
    """

    given: tuple[Job, ...]
    answers: tuple[Any, ...]
    error: str | None
    disturbed: tuple[str, ...]

    @property
    def by_id(self) -> dict[str, Answer]:
        """The answers that are answers, by their job's id."""
        return {one.job_id: one for one in self.answers if isinstance(one, Forgery | Rejection)}


def attempt(
    make: Callable[[], Generator],
    jobs: Sequence[Job],
    *,
    writable: bool = False,
    alone: bool = False,
    world: int = 0,
) -> Attempt:
    """Let a new generator forge copies of `jobs`, in one batch or each `alone`.

    `world` seeds the global random states before the run; they are put back after it. Jobs come
    as an iterator, which can be gone through only once, as the contract allows. Raises
    `MissingExtraError` where the generator does: then it cannot be tried on this machine.
    """
    given = tuple(copied(job, writable) for job in jobs)
    answers: list[Any] = []
    error: str | None = None
    batches = [(job,) for job in given] if alone else [given]
    with warnings.catch_warnings(), seeded(world) as disturbed:
        # A verdict must not depend on which warnings the caller turns into errors.
        warnings.simplefilter("ignore")
        try:
            generator = make()
            for batch in batches:
                answers.extend(generator.forge(iter(batch)))
        except MissingExtraError:
            raise  # Nothing can be said of a generator that cannot run here.
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
        changed = disturbed()
    return Attempt(given, tuple(answers), error, changed)


def copied(job: Job, writable: bool) -> Job:
    """The job with arrays of its own."""
    return replace(
        job,
        picture=None if job.picture is None else _copied_picture(job.picture, writable),
        second=None if job.second is None else _copied_picture(job.second, writable),
        mask=None if job.mask is None else _copied_array(job.mask, writable),
    )


def _copied_picture(picture: Picture, writable: bool) -> Picture:
    return Picture(
        picture.source,
        _copied_array(picture.pixels, writable),
        tuple(_copied_array(mask, writable) for mask in picture.instances),
    )


def _copied_array(array: npt.NDArray[_Item], writable: bool) -> npt.NDArray[_Item]:
    copy = array.copy()
    copy.setflags(write=writable)
    return copy
