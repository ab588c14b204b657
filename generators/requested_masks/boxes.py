"""Rectangular masks: the box of a marked object, or one anywhere."""

from __future__ import annotations

import math

import numpy as np

from generators.contract import CannotForge
from schemas.picture import Mask, Picture

_ASPECTS = (0.5, 2.0)
_TRIES = 16
_Box = tuple[int, int, int, int]


def random_box(
    picture: Picture,
    rng: np.random.Generator,
    area: tuple[float, float],
    instance: int | None = None,
) -> Mask:
    """The box of the marked object `instance`, else of one whose box covers a share in `area`.

    Where no such object is marked, a box anywhere, its size drawn evenly on a logarithmic scale
    and its sides in a proportion of 1:2 to 2:1, or as long as the picture where such a box does
    not fit. Raises `CannotForge` (`no_box`) where no whole number of pixels covers such a share.
    """
    height, width = picture.pixels.shape[:2]
    boxes = [each.box for each in picture.source.instances]
    if instance is not None:
        return _filled(boxes[instance], height, width)
    fitting = [box for box in boxes if area[0] <= box[2] * box[3] / (height * width) <= area[1]]
    if fitting:
        return _filled(fitting[int(rng.integers(len(fitting)))], height, width)
    for _ in range(_TRIES):
        sides = _sides(height, width, rng, area)
        if sides is not None:
            across, down = sides
            left, top = int(rng.integers(width - across + 1)), int(rng.integers(height - down + 1))
            return _filled((left, top, across, down), height, width)
    raise CannotForge("no_box", f"no box of whole pixels covers {area[0]:.2%} to {area[1]:.2%}")


def _sides(
    height: int, width: int, rng: np.random.Generator, area: tuple[float, float]
) -> tuple[int, int] | None:
    """Width and height of a box in whole pixels; None where rounding leaves the area."""
    least, most = area[0] * height * width, area[1] * height * width
    size = math.exp(rng.uniform(math.log(least), math.log(most)))
    aspect = math.exp(rng.uniform(*np.log(_ASPECTS)))
    # A side that the picture cuts off is made up for by the other one: the area stays as drawn.
    across = round(min(max(math.sqrt(size * aspect), size / height), width))
    across = min(max(across, 1), width)
    low, high = math.ceil(least / across), min(math.floor(most / across), height)
    return (across, min(max(round(size / across), low), high)) if 1 <= low <= high else None


def _filled(box: _Box, height: int, width: int) -> Mask:
    left, top, across, down = box
    mask = np.zeros((height, width), np.bool_)
    mask[top : top + down, left : left + across] = True
    return mask
