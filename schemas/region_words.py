"""Says in words where in a picture a region lies."""

from __future__ import annotations

import numpy as np

from schemas.annotation import Region
from schemas.picture import Mask

_NAMES = (
    ("upper left", "upper middle", "upper right"),
    ("middle left", "centre", "middle right"),
    ("lower left", "lower middle", "lower right"),
)
_WIDE = 0.7


def bounding_region(region: Mask) -> Region:
    """The box of a region (bool, (height, width)) in fractions. Raises `ValueError` if empty."""
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    if not len(rows):
        raise ValueError("an empty region has no box; measure nothing where nothing was marked")
    height, width = region.shape
    return Region(
        x0=int(columns[0]) / width,
        y0=int(rows[0]) / height,
        x1=(int(columns[-1]) + 1) / width,
        y1=(int(rows[-1]) + 1) / height,
    )


def place(region: Region) -> str:
    """Where the box lies: "in the lower left (x 12–40 %, y 55–90 %)", for use in a sentence."""
    wide, tall = region.x1 - region.x0 >= _WIDE, region.y1 - region.y0 >= _WIDE
    column = _third((region.x0 + region.x1) / 2)
    row = _third((region.y0 + region.y1) / 2)
    if wide and tall:
        words = "over most of the picture"
    elif wide:
        words = f"across the {('top', 'middle', 'bottom')[row]} of the picture"
    elif tall:
        words = f"down the {('left', 'middle', 'right')[column]} of the picture"
    else:
        words = f"in the {_NAMES[row][column]}"
    return f"{words} (x {_span(region.x0, region.x1)}, y {_span(region.y0, region.y1)})"


def _third(position: float) -> int:
    return min(2, int(3 * position))


def _span(start: float, end: float) -> str:
    return f"{100 * start:.0f}–{100 * end:.0f} %"
