"""Plans how a picture is cut into pictures of the set, from its size and a seed alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from schemas.picture import Face
from schemas.recipe.sources import Crops

Crop = tuple[int, int, int, int]
"""Left, top, width, height in pixels of the picture it is cut from."""

GRID = 8
"""Offsets are multiples of JPEG's block size, so that a crop keeps the block grid of its file;
a shifted grid is itself a trace of forgery. Sides are multiples of it wherever the limits allow."""
FACE_MARGIN = 0.15
"""A crop around a face leaves at least this share of the face's box free on every side."""
MIN_FACE_CHANGE = 0.12
"""Two crops around faces differ by more than this in scale, or in place relative to their size."""

_ASPECTS = (4 / 3, 1.0, 3 / 4)
_CANDIDATES = 512
_SHUFFLES = 24
_Boxes = npt.NDArray[np.int64]
_Numbers = npt.NDArray[np.float64]


def plan_crops(width: int, height: int, crops: Crops, seed: int) -> tuple[Crop, ...]:
    """Crops of varied size and shape (4:3, 1:1, 3:4), at most `per_picture`.

    Two crops share at most `max_overlap` of the smaller one's area.
    Every crop lies inside the picture, its sides within `min_side`..`max_side`: nothing is ever
    enlarged. Offsets are multiples of `GRID`. Sorted from top to bottom. Empty where the picture
    is too small. The same arguments give the same crops.
    """
    rng = np.random.default_rng(seed)
    boxes = _candidates(width, height, None, crops, rng, _CANDIDATES)
    return _choose(boxes, _overlap(boxes), crops.max_overlap, crops.per_picture, rng)


def plan_face_crops(
    width: int, height: int, faces: Sequence[Face], crops: Crops, seed: int
) -> tuple[Crop, ...]:
    """Crops that each hold one of `faces` wholly, with a margin, at jittered places and scales.

    As `plan_crops`, but crops of one face overlap by nature; any two of them differ by more than
    `MIN_FACE_CHANGE` in scale or place, so that they are no near-duplicates. Empty where no face
    with its margin fits into a crop of `max_side`.
    """
    rng = np.random.default_rng(seed)
    count = max(32, _CANDIDATES // max(1, len(faces)))
    rooms = [_with_margin(face, width, height) for face in faces]
    found = [_candidates(width, height, room, crops, rng, count) for room in rooms]
    boxes = np.concatenate([np.empty((0, 4), np.int64), *found])
    return _choose(boxes, -_difference(boxes), -MIN_FACE_CHANGE, crops.per_picture, rng)


def _with_margin(face: Face, width: int, height: int) -> tuple[float, float, float, float]:
    x, y, w, h = face.box
    dx, dy = FACE_MARGIN * w, FACE_MARGIN * h
    # A face at the picture's border has no more margin than the picture gives it.
    return max(0.0, x - dx), max(0.0, y - dy), min(width, x + w + dx), min(height, y + h + dy)


def _candidates(
    width: int,
    height: int,
    inside: tuple[float, float, float, float] | None,
    crops: Crops,
    rng: np.random.Generator,
    count: int,
) -> _Boxes:
    """Up to `count` distinct boxes (n, 4) of random size, shape and place in the picture.

    Each contains the rectangle `inside` (x0, y0, x1, y1), if one is given.
    """
    widest, highest = min(crops.max_side, width), min(crops.max_side, height)
    if min(widest, highest) < crops.min_side:
        return np.empty((0, 4), np.int64)
    aspect = rng.choice(_ASPECTS, count)
    least = crops.min_side * np.maximum(aspect, 1.0)
    most = np.minimum(widest, highest * aspect)
    w = rng.uniform(least, np.maximum(least, most))
    # Where no size of a shape lies within the limits, the clipping bends the shape.
    sides_x = _sides(w, crops.min_side, widest)
    sides_y = _sides(w / aspect, crops.min_side, highest)
    x0, y0, x1, y1 = inside or (width, height, 0, 0)
    left = _offsets(np.maximum(0, x1 - sides_x), np.minimum(x0, width - sides_x), rng)
    top = _offsets(np.maximum(0, y1 - sides_y), np.minimum(y0, height - sides_y), rng)
    boxes = np.stack([left, top, sides_x, sides_y], axis=1)
    return np.unique(boxes[(left >= 0) & (top >= 0)], axis=0)


def _sides(lengths: _Numbers, least: int, most: int) -> _Boxes:
    """The multiples of `GRID` next to `lengths` within the limits; a limit where there is none."""
    low, high = -(-least // GRID) * GRID, most // GRID * GRID
    if low > high:
        low = high = most
    return np.clip(np.rint(lengths / GRID) * GRID, low, high).astype(np.int64)


def _offsets(least: _Numbers, most: _Numbers, rng: np.random.Generator) -> _Boxes:
    """Multiples of `GRID` in [least, most], the two ends more likely; -1 where none lies there."""
    low = np.ceil(least / GRID).astype(np.int64)
    high = np.floor(most / GRID).astype(np.int64)
    # Crops at the borders leave room for others beside them, so that more fit without overlap.
    beyond = np.maximum(0, high - low) // 3
    drawn = rng.integers(low - beyond, np.maximum(low, high) + beyond, endpoint=True)
    return np.where(low <= high, np.clip(drawn, low, np.maximum(low, high)) * GRID, -1)


def _overlap(boxes: _Boxes) -> _Numbers:
    """For every pair the shared area over the smaller one's area, in [0, 1], shape (n, n)."""
    start, end = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    shared = np.minimum(end[:, None], end[None]) - np.maximum(start[:, None], start[None])
    area = boxes[:, 2:].prod(axis=-1)
    overlap: _Numbers = np.clip(shared, 0, None).prod(axis=-1) / np.minimum.outer(area, area)
    return overlap


def _difference(boxes: _Boxes) -> _Numbers:
    """For every pair how far place (in mean sides) or log of scale differs, shape (n, n)."""
    centre = boxes[:, :2] + boxes[:, 2:] / 2
    log_side = np.log(boxes[:, 2:]).mean(axis=-1)
    mean = np.exp(np.add.outer(log_side, log_side) / 2)
    moved = np.abs(centre[:, None] - centre[None]).max(axis=-1) / mean
    difference: _Numbers = np.maximum(moved, np.abs(np.subtract.outer(log_side, log_side)))
    return difference


def _choose(
    boxes: _Boxes, likeness: _Numbers, limit: float, most: int, rng: np.random.Generator
) -> tuple[Crop, ...]:
    """Many boxes of which no two are more alike than `limit`; of the greedy tries the best one.

    The best has the most boxes and, among those, the least likeness in sum.
    """
    best: list[int] = []
    best_sum = np.inf
    compatible = likeness < limit
    for _ in range(_SHUFFLES):
        chosen: list[int] = []
        free = np.ones(len(boxes), np.bool_)
        order = rng.permutation(len(boxes))
        while len(chosen) < most and (left := order[free[order]]).size:
            chosen.append(int(left[0]))
            free &= compatible[left[0]]
        total = float(likeness[np.ix_(chosen, chosen)].sum())
        if (-len(chosen), total) < (-len(best), best_sum):
            best, best_sum = chosen, total
    crops = [(int(x), int(y), int(w), int(h)) for x, y, w, h in boxes[best]]
    return tuple(sorted(crops, key=lambda crop: (crop[1], crop[0], crop[2], crop[3])))
