"""Redraws text with an inpainting model, and keeps the strokes that it changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from generators.contract import CannotForge
from generators.document.choosing import editable_frame, first_success, ordered
from generators.document.geometry import Frame
from generators.document.inventing import invented, replacement
from schemas.job import Forgery, Job
from schemas.picture import Mask, Picture, Pixels, Word
from schemas.vocabulary import Scope

_DEVIATIONS = 6.0
_SPECK = 4
_SIDE = 64


@dataclass(frozen=True, slots=True)
class Task:
    """What an inpainter is asked for one page: a window around a word, and what to print there."""

    job: Job
    window: tuple[slice, slice]
    inner: Job
    old: str | None
    new: str | None


def prepare(job: Job, context: float, margin: float, min_height: float, prefer: float) -> Task:
    """The task of one job: a word that can be redrawn, by the job's seed.

    `context`: the window's side, in word widths; `margin`: by how much the mask is larger than the
    word, in word heights. Raises `CannotForge` where no word will do.
    """
    if not job.source.source.words:
        raise CannotForge("no_words", "the page has no words")
    rng = np.random.default_rng(job.seed)
    words = ordered(job.source.source.words, prefer, rng)

    def attempt(word: Word) -> Task:
        frame = editable_frame(word, min_height)
        new = _other_text(word, rng) if job.operation == "text_replace" else None
        return _task(job, frame, word.text, new, context, margin)

    return first_success(words, attempt, tries=12)


def _other_text(word: Word, rng: np.random.Generator) -> str:
    if word.text is None:
        return invented(rng)[0]
    new = replacement(word.text, word.field, rng)
    if new is None:
        raise CannotForge("no_other_text", "no rule knows another text for a word")
    return new


def _task(
    job: Job, frame: Frame, old: str | None, new: str | None, context: float, margin: float
) -> Task:
    pixels = job.source.pixels
    grown = margin * frame.height
    corners = np.asarray(frame.corners(grown, grown, grown, grown))
    mask = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 1)
    window = _window(corners, context, (pixels.shape[0], pixels.shape[1]))
    part = mask[window].astype(np.bool_)
    if not part.any() or part.all():
        raise CannotForge("word_too_small", "a word and its surroundings do not fit the page")
    source = replace(
        job.source.source, width=part.shape[1], height=part.shape[0], words=(), instances=()
    )
    shown = Picture(source, np.ascontiguousarray(pixels[window]))
    inner = Job(
        job_id=job.job_id,
        operation="inpaint_remove" if new is None else "inpaint_object",
        seed=job.seed,
        picture=shown,
        mask=part,
        prompt="blank paper" if new is None else f'the printed text "{new}" on paper',
        draw=job.draw,
    )
    return Task(job, window, inner, old, new)


def _window(
    corners: npt.NDArray[Any], context: float, size: tuple[int, int]
) -> tuple[slice, slice]:
    low, high = corners.min(axis=0), corners.max(axis=0)
    side = max(_SIDE, round(context * float((high - low).max())))
    slices = []
    for axis in (1, 0):
        length = min(side, size[1 - axis])
        start = round(float(low[axis] + high[axis] - length) / 2)
        start = int(np.clip(start, 0, size[1 - axis] - length))
        slices.append(slice(start, start + length))
    return slices[0], slices[1]


def finish(task: Task, result: Forgery, least: float) -> Forgery:
    """The page with the strokes that the inpainter changed; elsewhere it is the source, exactly.

    A stroke is where the smoothed difference exceeds `least` grey levels and what the model does
    to the paper around it. Raises `CannotForge` where there is none.
    """
    page, notes = task.job.source.pixels, list(result.notes)
    before = page[task.window]
    drawn = result.image
    if drawn.shape != before.shape:
        size = (before.shape[1], before.shape[0])
        notes.append(f"What came back was scaled from {drawn.shape[1]} by {drawn.shape[0]} pixels.")
        drawn = np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), np.uint8)
    asked = np.asarray(task.inner.mask)
    strokes = _strokes(before, drawn, asked, least)
    if not strokes.any():
        raise CannotForge("no_change", "the inpainter drew what was there before")
    image = page.copy()
    image[task.window][strokes] = drawn[strokes]
    applied = np.zeros(page.shape[:2], np.bool_)
    applied[task.window] = asked
    parameters = {
        "old_text": task.old,
        "new_text": task.new,
        "inner_prompt": task.inner.prompt,
        "inpainter": dict(result.parameters),
    }
    return Forgery(
        task.job.job_id, image, Scope.SPLICED, applied, applied, parameters, tuple(notes)
    )


def _strokes(before: Pixels, after: Pixels, asked: Mask, least: float) -> Mask:
    difference = np.abs(before.astype(np.float32) - after.astype(np.float32)).max(axis=2)
    smooth = cv2.GaussianBlur(difference, (0, 0), 0.8)
    around = smooth[~asked]
    median = float(np.median(around))
    spread = 1.4826 * float(np.median(np.abs(around - median)))
    found = (smooth > max(least, median + _DEVIATIONS * spread)) & asked
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8))
    keep = stats[:, cv2.CC_STAT_AREA] >= _SPECK
    keep[0] = False
    grown = cv2.dilate(keep[labels].astype(np.uint8), np.ones((3, 3), np.uint8))
    return grown.astype(np.bool_) & asked if count > 1 else np.zeros_like(asked)
