"""Rules about a generator's answers. Each yields a sentence for everything that breaks it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from generators.contract import Generator
from schemas.identity import canonical_json, hash_bytes
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Mask, Picture
from schemas.vocabulary import Scope

Result = Forgery | Rejection
_SNAKE = re.compile(r"^[a-z][a-z0-9_]*$")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a generator answered to some jobs; `error` where it raised."""

    results: tuple[Result, ...]
    error: str = ""


@dataclass(frozen=True, slots=True)
class Forger:
    """Runs a fresh instance of a generator on jobs."""

    fresh: Callable[[], Generator]

    def answer(self, jobs: Sequence[Job]) -> Answer:
        """The answers to `jobs` in one batch."""
        try:
            return Answer(tuple(self.fresh().forge(jobs)))
        except Exception as error:
            return Answer((), f"forge raised {type(error).__name__}: {error}")


def complete(jobs: Sequence[Job], answer: Answer) -> Iterator[str]:
    """Every job is answered once, in order, and most jobs succeed."""
    asked = [job.job_id for job in jobs]
    answered = [result.job_id for result in answer.results]
    if asked != answered:
        yield f"{len(asked)} jobs were asked, {len(answered)} answered: answer each once, in order."
    rejected = [result for result in answer.results if isinstance(result, Rejection)]
    for result in rejected:
        if not _SNAKE.match(result.reason):
            yield f"The reason {result.reason!r} of a rejection must be a snake_case word."
    if 2 * len(rejected) > len(jobs):
        reasons = ", ".join(sorted({result.reason for result in rejected}))
        yield f"{len(rejected)} of {len(jobs)} ordinary jobs were rejected ({reasons})."


def repeatable(forger: Forger, jobs: Sequence[Job], first: Answer, tolerance: int) -> Iterator[str]:
    """A second, fresh instance answers the same."""
    yield from _differences(first, forger.answer(jobs), tolerance, "asked again")


def seeded(forger: Forger, jobs: Sequence[Job], first: Answer) -> Iterator[str]:
    """Another seed leads to another forgery for at least one job."""
    others = forger.answer([replace(job, seed=job.seed ^ 0x5DEECE66D) for job in jobs])
    same = [
        fingerprint(one) == fingerprint(other)
        for one, other in zip(first.results, others.results, strict=False)
        if isinstance(one, Forgery)
    ]
    if same and all(same):
        yield "The seed changes nothing: draw what varies from numpy.random.default_rng(job.seed)."


def batch_free(forger: Forger, jobs: Sequence[Job], first: Answer, tolerance: int) -> Iterator[str]:
    """Alone or in another order, a job has the same answer."""
    turned = forger.answer(list(reversed(jobs)))
    turned = replace(turned, results=tuple(reversed(turned.results)))
    yield from _differences(first, turned, tolerance, "in reversed order")
    alone = [forger.answer([job]) for job in jobs]
    error = next((one.error for one in alone if one.error), "")
    results = tuple(result for one in alone for result in one.results)
    yield from _differences(first, Answer(results, error), tolerance, "one at a time")


def untouched(forger: Forger, jobs: Sequence[Job]) -> Iterator[str]:
    """Writable inputs are left as they were."""
    writable = [_writable(job) for job in jobs]
    before = [_input_bytes(job) for job in writable]
    forger.answer(writable)
    if [_input_bytes(job) for job in writable] != before:
        yield "It changes the pictures or masks it is given: copy before writing."


def stateless(forger: Forger, jobs: Sequence[Job], first: Answer, tolerance: int) -> Iterator[str]:
    """No global random state is used or left changed."""
    kept = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        random.seed(1)
        np.random.seed(2)  # noqa: NPY002
        cv2.setRNGSeed(3)
        states = random.getstate(), canonical_json(np.random.get_state()[1].tolist())  # noqa: NPY002
        other = forger.answer(jobs)
        after = random.getstate(), canonical_json(np.random.get_state()[1].tolist())  # noqa: NPY002
        if states != after:
            yield "It draws from a global random generator: use numpy.random.default_rng(job.seed)."
        yield from _differences(first, other, tolerance, "under other global seeds")
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])  # noqa: NPY002


def masked(jobs: Sequence[Job], answer: Answer) -> Iterator[str]:
    """Pictures and masks have the right types and sizes, and spliced means spliced."""
    for job, result in zip(jobs, answer.results, strict=False):
        if not isinstance(result, Forgery):
            continue
        image, source = result.image, job.source.pixels
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            yield f"The image must be uint8 (height, width, 3), not {image.dtype} {image.shape}."
            continue
        for name, mask in (("applied", result.applied), ("requested", result.requested)):
            if mask is None:
                if name == "applied" and result.scope is not Scope.FULL:
                    yield f"A {result.scope} forgery must bring its applied mask."
            elif mask.dtype != np.bool_ or mask.shape != image.shape[:2]:
                yield f"The {name} mask must be bool {image.shape[:2]}, not {mask.dtype} {mask.shape}."
            elif not mask.any():
                yield f"The {name} mask is empty."
        if result.scope is Scope.SPLICED:
            yield from _exact(image, source, result.applied)
        if image.shape == source.shape and np.array_equal(image, source):
            yield "The forgery equals its source: reject a job that changes nothing."


def _exact(
    image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    source: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    applied: Mask | None,
) -> Iterator[str]:
    if image.shape != source.shape:
        yield "A spliced forgery must have its source's size."
    elif applied is not None and applied.shape == image.shape[:2]:
        outside = int(((image != source).any(axis=2) & ~applied).sum())
        if outside:
            yield (
                f"{outside} pixels outside of the applied mask differ from the source: composite "
                "by the mask that you return."
            )


def documented(jobs: Sequence[Job], answer: Answer) -> Iterator[str]:
    """Parameters are JSON and notes are sentences."""
    for result in answer.results:
        if isinstance(result, Forgery):
            try:
                canonical_json(dict(result.parameters))
            except (TypeError, ValueError) as error:
                yield f"The parameters are not JSON: {error}"
            if not all(isinstance(note, str) and note for note in result.notes):
                yield "Every note must be a sentence."


def rejects(forger: Forger, jobs: Sequence[Job]) -> Iterator[str]:
    """Impossible jobs are rejected or forged; they never raise."""
    for job in jobs:
        answer = forger.answer([job])
        if answer.error:
            kind = job.source.source.origin.rsplit("/", 1)[-1]
            height, width = job.source.pixels.shape[:2]
            yield (
                f"On the {kind} picture of {width} by {height} pixels {answer.error}; raise "
                "CannotForge or yield a Rejection instead."
            )


def fingerprint(result: Result) -> list[object]:
    """All of a result, as plain values that can be compared."""
    if isinstance(result, Rejection):
        return [result.job_id, result.reason]
    masks = (result.applied, result.requested)
    return [
        result.job_id,
        list(result.image.shape),
        hash_bytes(result.image.tobytes()),
        *[None if mask is None else hash_bytes(mask.tobytes()) for mask in masks],
        result.scope.value,
        repr(sorted(result.parameters.items())),
        list(result.notes),
    ]


def _differences(first: Answer, other: Answer, tolerance: int, when: str) -> Iterator[str]:
    if other.error:
        yield f"{when[0].upper()}{when[1:]}, {other.error}."
        return
    if len(first.results) != len(other.results):
        yield f"It gives another number of answers {when}."
        return
    differing = sum(
        not _alike(one, two, tolerance)
        for one, two in zip(first.results, other.results, strict=True)
    )
    if differing:
        yield f"{differing} of {len(first.results)} jobs have another result {when}."


def _alike(one: Result, other: Result, tolerance: int) -> bool:
    if tolerance == 0 or isinstance(one, Rejection) or isinstance(other, Rejection):
        return fingerprint(one) == fingerprint(other)
    if one.image.shape != other.image.shape:
        return False
    gap = np.abs(one.image.astype(np.int16) - other.image.astype(np.int16)).max()
    return bool(gap <= tolerance)


def _writable(job: Job) -> Job:
    return replace(
        job,
        source=_writable_picture(job.source),
        second=None if job.second is None else _writable_picture(job.second),
        mask=None if job.mask is None else job.mask.copy(),
    )


def _writable_picture(picture: Picture) -> Picture:
    mask = picture.object_mask
    return replace(
        picture,
        pixels=picture.pixels.copy(),
        object_mask=None if mask is None else mask.copy(),
    )


def _input_bytes(job: Job) -> list[bytes | None]:
    arrays = [job.source.pixels, job.source.object_mask, job.mask]
    if job.second is not None:
        arrays += [job.second.pixels, job.second.object_mask]
    return [None if array is None else array.tobytes() for array in arrays]
