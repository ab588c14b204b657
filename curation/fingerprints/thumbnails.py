"""Any picture as 32 by 32 greys, as Pillow's Lanczos filter makes them, in a tenth of the time.

All sums are of whole numbers that float32 holds exactly, so that the same picture gives the same
thumbnail whatever the processor, the number of threads or the library behind NumPy's products.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from schemas.picture import Pixels

Grey = npt.NDArray[np.uint8]
SIDE = 32
"""Rows and columns of a thumbnail."""

# Cells are averaged before they are filtered, down to at least this many a side and fewer than
# twice as many: more cost time, fewer cost likeness to what the filter makes of all pixels.
_CELLS = 128
_LOBES = 3
# Weights are multiples of 1 / _ONE: 255 times the sum of a row of them stays below 2**24, up to
# which float32 counts.
_ONE = 1 << 15
# Rows are filtered some at a time, from the cells alone that they see. That saves half the work;
# and OpenBLAS shares products of more than 2**18 multiplications among threads, which on a busy
# machine wait for one another a hundred times as long as the product takes.
_ROWS = 8


def thumbnail(pixels: Pixels) -> Grey:
    """The thumbnail, uint8 (32, 32), of RGB uint8 (height, width, 3)."""
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    return shrink(grey, grey.shape[0], grey.shape[1])


def shrink(grey: Grey, height: int, width: int, cell: int = 1) -> Grey:
    """The thumbnail, uint8 (32, 32), of a picture of `height` by `width` pixels.

    `grey` holds the average of each `cell` by `cell` of them, uint8, ceil(height / cell) by
    ceil(width / cell). More averages bring it down to 255 cells a side at most. A Lanczos filter of
    three lobes then has the weights that it has on single pixels, summed by cell (C. E. Duchon,
    "Lanczos Filtering in One and Two Dimensions", 1979), and is rounded to 8 bits after either
    direction, as in Pillow.
    """
    rows, columns = _Merging.of(grey.shape[0]), _Merging.of(grey.shape[1])
    grey = grey[rows.first : rows.end, columns.first : columns.end]
    down, across = rows.factor, columns.factor
    while down > 1 and across > 1:  # Two by two is what OpenCV averages fastest, by far.
        grey = _average(grey, 2, 2)
        down, across = down // 2, across // 2
    if down > 1 or across > 1:
        grey = _average(grey, down, across)
    values = grey.astype(np.float32)
    filtered: npt.NDArray[np.float32] = np.empty((SIDE, grey.shape[1]), np.float32)
    for band in rows.bands(height, cell):
        np.matmul(band.weights, values[band.cells], out=filtered[band.pixels])
    filtered = _rounded(filtered) @ columns.weights(width, cell).T
    return _rounded(filtered).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class _Band:
    """Some rows of a thumbnail, the rows of cells that have weight in them, and the weights."""

    pixels: slice
    cells: slice
    weights: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Merging:
    """Which of the cells along one side are kept, from `first` to `end`, and merged by `factor`.

    What does not fill a merged cell is cut off, half at either end: less than a 128th of the side.
    """

    first: int
    end: int
    factor: int

    @classmethod
    def of(cls, cells: int) -> _Merging:
        factor = 1 << max(0, (cells // _CELLS).bit_length() - 1)
        first = cells % factor // 2
        return cls(first, first + cells // factor * factor, factor)

    def weights(self, length: int, cell: int) -> npt.NDArray[np.float32]:
        """Of each merged cell in each pixel of the thumbnail, for a side of `length` pixels."""
        count = (self.end - self.first) // self.factor
        return _weights(length, self.factor * cell, self.first * cell, count)

    def bands(self, length: int, cell: int) -> tuple[_Band, ...]:
        """The same, cut into bands."""
        count = (self.end - self.first) // self.factor
        return _bands(length, self.factor * cell, self.first * cell, count)


@lru_cache(maxsize=1024)
def _weights(length: int, cell: int, first: int, count: int) -> npt.NDArray[np.float32]:
    """Whole numbers (32, count): 2**15 times the filter's weights on `length` pixels, by cell.

    Cells have `cell` pixels each; they begin at pixel `first`. Pixels beyond the first and the last
    cell count as theirs.
    """
    scale = length / SIDE
    spread = max(scale, 1.0)
    centres = (np.arange(SIDE)[:, None] + 0.5) * scale
    taps = np.arange(int(2 * _LOBES * spread) + 2)
    places = np.floor(centres - _LOBES * spread).astype(np.int64) + taps
    away = (places + 0.5 - centres) / spread
    filtered = np.sinc(away) * np.sinc(away / _LOBES)
    filtered[(np.abs(away) >= _LOBES) | (places < 0) | (places >= length)] = 0
    cells = np.clip((places - first) // cell, 0, count - 1) + np.arange(SIDE)[:, None] * count
    sums = np.bincount(cells.ravel(), filtered.ravel(), SIDE * count).reshape(SIDE, count)
    whole = np.rint(sums * (_ONE / filtered.sum(axis=1, keepdims=True)))
    weights: npt.NDArray[np.float32] = whole.astype(np.float32)
    weights.setflags(write=False)
    return weights


@lru_cache(maxsize=1024)
def _bands(length: int, cell: int, first: int, count: int) -> tuple[_Band, ...]:
    weights = _weights(length, cell, first, count)
    found = []
    for top in range(0, SIDE, _ROWS):
        some = weights[top : top + _ROWS]
        used = np.flatnonzero(some.any(axis=0))
        cells = slice(int(used[0]), int(used[-1]) + 1)
        found.append(_Band(slice(top, top + _ROWS), cells, np.ascontiguousarray(some[:, cells])))
    return tuple(found)


def _average(grey: Grey, down: int, across: int) -> Grey:
    size = (grey.shape[1] // across, grey.shape[0] // down)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _rounded(sums: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    sums *= np.float32(1 / _ONE)
    np.rint(sums, out=sums)
    np.maximum(sums, 0, out=sums)
    return np.minimum(sums, 255, out=sums)
