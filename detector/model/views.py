"""Cuts a picture into the squares that the network sees, and puts what it draws back together.

Every view shows a window (top, left, height, width) of the picture, in the picture's own pixels;
a window may reach beyond the picture, where there is only padding.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from detector.model.config import Views
from schemas.picture import Mask, Pixels

PADDING = (122, 116, 104)
"""RGB of what lies beyond the picture: CLIP's mean, as LLaVA-1.5 pads."""


def windows_of(
    height: int, width: int, size: int, views: Views
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """The windows int32 [k, 4] of a picture for squares of `size` px, and which are tiles [k].

    Tiles go row by row and cover the picture; where there are two or more, and `views` wants a
    thumbnail, the whole picture comes after them and counts as none.
    """
    whole = (0, 0, height, width) if views.kind == "grid" else _square(height, width)
    if views.kind == "whole":
        tiles = [whole]
    elif views.kind == "tiles":
        tiles = _tiles(height, width, size, views)
    else:
        tiles = _grid(height, width, size, views.most)
    every = [*tiles, whole] if views.thumbnail and len(tiles) > 1 else tiles
    return np.array(every, np.int32), np.arange(len(every)) < len(tiles)


def view(picture: Pixels, window: NDArray[np.int32], size: int) -> Pixels:
    """The window of an RGB uint8 [H, W, 3] as uint8 [size, size, 3], resampled if it must be."""
    top, left, height, width = (int(value) for value in window)
    if top < 0 or left < 0 or top + height > len(picture) or left + width > picture.shape[1]:
        picture = _padded(picture, window, PADDING)
        top = left = 0
    if (height, width) == (size, size):
        return picture[top : top + size, left : left + size]
    image = Image.fromarray(np.ascontiguousarray(picture))
    box = (left, top, left + width, top + height)
    return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC, box=box))


def mask_view(mask: Mask, window: NDArray[np.int32], size: int) -> NDArray[np.uint8]:
    """The share of marked pixels, 0 to 255, in [size, size] cells of the window of bool [H, W]."""
    shares = _padded(mask.astype(np.uint8) * 255, window, (0,))
    image = Image.fromarray(shares).resize((size, size), Image.Resampling.BOX)
    return np.asarray(image)


def stitched(
    drawn: NDArray[np.float32], windows: NDArray[np.int32], height: int, width: int
) -> NDArray[np.float32]:
    """One map [height, width] of what is drawn [k, m, m] of its windows; overlaps are averaged."""
    total = np.zeros((height, width), np.float32)
    seen = np.zeros((height, width), np.float32)
    for values, (top, left, rows, columns) in zip(drawn, windows.tolist(), strict=True):
        shrinks = rows < values.shape[0] or columns < values.shape[1]
        placed = cv2.resize(
            values, (columns, rows), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        )
        down, right = min(top + rows, height), min(left + columns, width)
        inside = np.s_[max(top, 0) : down, max(left, 0) : right]
        total[inside] += placed[max(-top, 0) : down - top, max(-left, 0) : right - left]
        seen[inside] += 1
    whole: NDArray[np.float32] = total / np.maximum(seen, 1)
    return whole


def _square(height: int, width: int) -> tuple[int, int, int, int]:
    side = max(height, width)
    return -((side - height) // 2), -((side - width) // 2), side, side


def _tiles(height: int, width: int, size: int, views: Views) -> list[tuple[int, int, int, int]]:
    """The smallest squares of at least `size` px of which `most` cover the picture."""

    def least(length: int, count: int) -> int:
        return math.ceil(length / (count - (count - 1) * views.overlap))

    side, rows, columns = min(
        (
            (max(size, least(height, rows), least(width, columns)), rows, columns)
            for rows in range(1, views.most + 1)
            for columns in range(1, views.most // rows + 1)
        ),
        key=lambda found: (found[0], found[1] * found[2]),
    )
    return [
        (top, left, side, side)
        for top in _starts(height, side, rows)
        for left in _starts(width, side, columns)
    ]


def _starts(length: int, side: int, count: int) -> list[int]:
    return [round(i * (length - side) / (count - 1)) for i in range(count)] if count > 1 else [0]


def _grid(height: int, width: int, size: int, most: int) -> list[tuple[int, int, int, int]]:
    """The grid whose shape is nearest to the picture's; of two, the one that enlarges it less.

    Dynamic high resolution, Chen et al., How Far Are We to GPT-4V?, 2024. Of grids of one shape
    the greater is taken where the picture has more than half of its pixels.
    """
    grids = [
        (rows, columns)
        for count in range(1, most + 1)
        for rows in range(1, count + 1)
        for columns in [count // rows]
        if rows * columns == count
    ]
    best, nearest = (1, 1), math.inf
    for rows, columns in grids:
        apart = abs(width / height - columns / rows)
        enough = 2 * height * width > size * size * rows * columns
        if apart < nearest or (apart == nearest and enough):
            best, nearest = (rows, columns), apart
    tops, lefts = (
        [round(i * length / count) for i in range(count + 1)]
        for length, count in zip((height, width), best, strict=True)
    )
    return [
        (top, left, tops[i + 1] - top, lefts[j + 1] - left)
        for i, top in enumerate(tops[:-1])
        for j, left in enumerate(lefts[:-1])
    ]


def _padded(
    picture: NDArray[np.uint8], window: NDArray[np.int32], colour: tuple[int, ...]
) -> NDArray[np.uint8]:
    """The window of a picture [H, W, ...], `colour` where it reaches beyond."""
    top, left, height, width = (int(value) for value in window)
    canvas = np.empty((height, width, *picture.shape[2:]), np.uint8)
    canvas[:] = colour if picture.ndim == 3 else colour[0]
    inside = picture[max(top, 0) : top + height, max(left, 0) : left + width]
    down, right = max(-top, 0), max(-left, 0)
    canvas[down : down + inside.shape[0], right : right + inside.shape[1]] = inside
    return canvas
