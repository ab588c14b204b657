"""Masks from outlines and boxes, words from corners: coordinates of an image become marks.

Coordinates are in pixels with (0, 0) at the top left corner of the first pixel; a pixel belongs
to a shape where its centre does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from schemas.picture import Mask, Word
from sources.annotations.reader import Frame, bad

Point = tuple[float, float]


def polygon_mask(outlines: Sequence[Sequence[Point]], frame: Frame) -> Mask:
    """What lies inside at least one of the closed outlines (x, y), by the even-odd rule."""
    mask = np.zeros((frame.height, frame.width), np.bool_)
    for outline in outlines:
        _fill(np.asarray(outline, np.float64).reshape(-1, 2), mask)
    return mask


def _fill(points: npt.NDArray[np.float64], mask: Mask) -> None:
    """Set what lies inside an outline (n, 2), row by row between the edges that the row crosses."""
    starts, ends = points, np.roll(points, -1, axis=0)
    upward = (starts[:, 1] > ends[:, 1])[:, None]
    starts, ends = np.where(upward, ends, starts), np.where(upward, starts, ends)
    (height, width), half = mask.shape, 0.5
    first = np.clip(np.ceil(starts[:, 1] - half), 0, height).astype(np.int64)
    count = np.clip(np.ceil(ends[:, 1] - half), 0, height).astype(np.int64) - first
    if not count.sum():
        return
    edge = np.repeat(np.arange(len(points)), count)
    rows = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    slope = (ends[edge, 0] - starts[edge, 0]) / (ends[edge, 1] - starts[edge, 1])
    crossed = starts[edge, 0] + (rows + half - starts[edge, 1]) * slope
    columns = np.clip(np.ceil(crossed - half), 0, width).astype(np.int64)
    top, bottom = int(rows.min()), int(rows.max()) + 1
    left, right = int(columns.min()), int(columns.max()) + 1
    across = right - left
    places = (rows - top) * across + columns - left
    crossings = np.bincount(places, minlength=(bottom - top) * across).reshape(-1, across)
    inside = np.cumsum(crossings, axis=1) % 2 == 1
    mask[top:bottom, left:right] |= inside[:, : width - left]


def box_mask(x0: float, y0: float, x1: float, y1: float, frame: Frame) -> Mask:
    """A box between two corners, rounded to whole pixels."""
    mask = np.zeros((frame.height, frame.width), np.bool_)
    left, top, right, bottom = (max(0, round(value)) for value in (x0, y0, x1, y1))
    mask[top:bottom, left:right] = True
    return mask


def ellipse_mask(
    x: float, y: float, radius_x: float, radius_y: float, theta: float, frame: Frame
) -> Mask:
    """An ellipse about (x, y), turned by `theta` radians clockwise as seen."""
    rows, columns = np.mgrid[0 : frame.height, 0 : frame.width].astype(np.float64) + 0.5
    across, down = columns - x, rows - y
    along = across * math.cos(theta) + down * math.sin(theta)
    beside = down * math.cos(theta) - across * math.sin(theta)
    mask: Mask = (along / max(radius_x, 1e-9)) ** 2 + (beside / max(radius_y, 1e-9)) ** 2 <= 1
    return mask


def fitted(values: npt.NDArray[np.generic], frame: Frame) -> npt.NDArray[np.generic]:
    """A map (height, width) at the size of the picture, by nearest neighbours where it differs."""
    height, width = values.shape
    frame.scale(height, width)
    if (height, width) == (frame.height, frame.width):
        return values
    rows = ((np.arange(frame.height) + 0.5) * height / frame.height).astype(np.intp)
    columns = ((np.arange(frame.width) + 0.5) * width / frame.width).astype(np.intp)
    return values[rows[:, None], columns[None]]


def word_at(
    corners: Sequence[Point], frame: Frame, text: str | None, field: str | None = None
) -> Word | None:
    """A word with these four corners, clipped to the picture; None where it has no area.

    Corners that do not run clockwise are replaced by the box around them. Raises
    `UnreadablePicture` for a word that lies outside the picture: its annotation is another's.
    """
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    if max(xs) - min(xs) < 1 or max(ys) - min(ys) < 1:
        return None
    if not (
        0 <= (min(xs) + max(xs)) / 2 <= frame.width and 0 <= (min(ys) + max(ys)) / 2 <= frame.height
    ):
        raise bad(
            f"the word {text or ''!r} at {round(min(xs))}, {round(min(ys))} lies outside the "
            f"picture, which is {frame.width} by {frame.height} pixels when upright"
        )
    turned = (*corners[1:], corners[0])
    if sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(corners, turned, strict=True)) <= 0:
        x0, y0, x1, y1 = min(xs), min(ys), max(xs), max(ys)
        corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    quad = tuple(
        (min(max(0.0, float(x)), float(frame.width)), min(max(0.0, float(y)), float(frame.height)))
        for x, y in corners
    )
    text = (text or "").strip()
    return Word(quad, text or None, field)
