"""Gives erased places the shade and the grain of the paper around them."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from generators.document.geometry import Array
from generators.document.reading import Reading
from schemas.picture import Mask

Places = npt.NDArray[np.intp]


def refill(reading: Reading, hole: Mask, rng: np.random.Generator, regrain: bool) -> Array:
    """The window's pixels (float32 RGB) with `hole` as bare paper; all else as captured.

    The shade comes from the smooth paper; the grain is cut, block by block, from the residual of
    blank places near by, as in texture quilting (Efros and Freeman, "Image Quilting for Texture
    Synthesis and Transfer", 2001) without its seam search, which noise does not need.
    """
    bare = reading.paper.copy()
    if regrain:
        residual = reading.pixels - reading.paper
        bare += _grain(residual, reading.marks | hole, hole, rng)
    result = reading.pixels.copy()
    result[hole] = bare[hole]
    return result


def _grain(residual: Array, marks: Mask, hole: Mask, rng: np.random.Generator) -> Array:
    grain = np.zeros_like(residual)
    kernel = np.ones((3, 3), dtype=np.uint8)
    blank = cv2.erode((~marks).astype(np.uint8), kernel)
    for side in (8, 5, 3):
        fits = cv2.erode(blank, np.ones((side, side), dtype=np.uint8), anchor=(0, 0), borderValue=0)
        rows, columns = np.nonzero(fits[: -side + 1, : -side + 1])
        if len(rows) >= 24:
            break
    else:
        return grain
    calm = _calmest(residual, rows, columns, side)
    rows, columns = rows[calm], columns[calm]
    height, width = hole.shape
    for top in range(0, height, side):
        for left in range(0, width, side):
            if hole[top : top + side, left : left + side].any():
                pick = int(rng.integers(len(rows)))
                y, x = rows[pick], columns[pick]
                target = grain[top : top + side, left : left + side]
                target[:] = residual[y : y + target.shape[0], x : x + target.shape[1]]
    return grain


def _calmest(residual: Array, rows: Places, columns: Places, side: int) -> Places:
    """The blocks that hold grain alone: their mean and energy are not outstanding."""
    mean = cv2.boxFilter(residual, -1, (side, side), anchor=(0, 0)).mean(axis=2)
    energy = cv2.boxFilter(residual**2, -1, (side, side), anchor=(0, 0)).mean(axis=2)
    off = np.abs(mean[rows, columns])
    power = energy[rows, columns]
    keep = (off <= np.quantile(off, 0.7)) & (power <= np.quantile(power, 0.85))
    return np.flatnonzero(keep) if keep.sum() >= 12 else np.arange(len(rows))
