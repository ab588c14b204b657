"""A job that was made ready for a model, and what comes of a batch of such."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from generators.contract import CannotForge
from generators.diffusion.sizes import Frame
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Mask, Pixels

_AHEAD = 8
"""Batches of jobs that are looked at together, so that those of one size can share a batch."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A job as a model receives it.

    `image` and `given` (the mask) have the working size; `applied` is the mask that the model
    really applies, at the source's size. `clipped`: tokens of the prompt that did not fit, by
    tokenizer.
    """

    job: Job
    frame: Frame
    prompt: str = ""
    image: Pixels | None = None
    given: Mask | None = None
    applied: Mask | None = None
    notes: tuple[str, ...] = ()
    clipped: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a model made of a draft, at the working size, and how."""

    pixels: Pixels
    parameters: dict[str, Any]
    notes: tuple[str, ...] = ()


class Model(Protocol):
    """What draws drafts: a pipeline or an autoencoder that is loaded."""

    @property
    def batch_size(self) -> int:
        """How many drafts it takes at once."""
        ...

    def draw(self, drafts: list[Draft]) -> list[Drawn | CannotForge]:
        """One answer a draft, in order. All drafts have one working size."""
        ...


def forge_drafts(
    jobs: Iterable[Job],
    model: Callable[[], Model],
    prepare: Callable[[Job, Any], Draft],
    finish: Callable[[Draft, Drawn], Forgery],
) -> Iterator[Forgery | Rejection]:
    """Answer jobs in order, drawing those of one working size in batches.

    `model` loads, when the first job comes. What cannot be prepared or finished becomes a
    rejection.
    """
    waiting = iter(jobs)
    ready: Any = None
    while True:
        first = next(waiting, None)
        if first is None:
            return
        if ready is None:
            ready = model()
        window = [first, *islice(waiting, _AHEAD * ready.batch_size - 1)]
        yield from _forge_window(window, ready, prepare, finish)


def _forge_window(
    jobs: list[Job],
    model: Model,
    prepare: Callable[[Job, Any], Draft],
    finish: Callable[[Draft, Drawn], Forgery],
) -> Iterator[Forgery | Rejection]:
    answers: dict[int, Forgery | Rejection] = {}
    by_size: dict[tuple[int, int], list[tuple[int, Draft]]] = {}
    for number, job in enumerate(jobs):
        try:
            draft = prepare(job, model)
        except CannotForge as refusal:
            answers[number] = _rejection(job, refusal)
        else:
            by_size.setdefault(draft.frame.working, []).append((number, draft))
    for drafts in by_size.values():
        while drafts:
            # Asked anew each time: a model that ran out of memory takes fewer from then on.
            batch = drafts[: model.batch_size]
            del drafts[: model.batch_size]
            results = model.draw([draft for _, draft in batch])
            for (number, draft), result in zip(batch, results, strict=True):
                try:
                    if isinstance(result, CannotForge):
                        raise result
                    answers[number] = finish(draft, result)
                except CannotForge as refusal:
                    answers[number] = _rejection(draft.job, refusal)
    for number in range(len(jobs)):
        yield answers[number]


def _rejection(job: Job, refusal: CannotForge) -> Rejection:
    return Rejection(job.job_id, refusal.reason, refusal.detail)
