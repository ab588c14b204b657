"""How often quantised residuals stand side by side in each pattern: the rich model's histograms."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
import numpy.typing as npt

LENGTH = 4
"""Neighbours in a row that are counted together."""
TRUNCATION = 2
"""Residuals are quantised to the integers from minus this to this."""
_LEVELS = 2 * TRUNCATION + 1


@cache
def _classes() -> npt.NDArray[np.intp]:
    """The class of each of the `_LEVELS ** LENGTH` patterns: a pattern, its mirror image and both
    with their signs reversed are one, as they are equally likely in natural pictures."""
    codes = np.arange(_LEVELS**LENGTH)
    digits = np.stack([codes // _LEVELS**power % _LEVELS for power in range(LENGTH)])
    powers = _LEVELS ** np.arange(LENGTH)
    turned = _LEVELS - 1 - digits
    same = [(form * powers[:, None]).sum(0) for form in (digits, digits[::-1], turned)]
    same.append((turned[::-1] * powers[:, None]).sum(0))
    _, classes = np.unique(np.min(same, axis=0), return_inverse=True)
    numbers: npt.NDArray[np.intp] = classes.astype(np.intp)
    return numbers


SIZE = int(_classes().max()) + 1


def cooccurrences(
    planes: Iterable[npt.NDArray[np.float32]], step: float
) -> npt.NDArray[np.float64]:
    """The square roots of the shares (SIZE,) of patterns along the rows of all `planes`.

    The planes (height, width), at least `LENGTH` wide, are divided by `step`, rounded and
    truncated. Square roots, in which rare patterns count too, after Arandjelović and Zisserman,
    "Three things everyone should know to improve object retrieval", 2012.
    """
    counts = np.zeros(_LEVELS**LENGTH, np.int64)
    for plane in planes:
        rounded = np.rint(np.ascontiguousarray(plane) * np.float32(1 / step))
        levels = np.clip(rounded, -TRUNCATION, TRUNCATION).astype(np.int16)
        levels += TRUNCATION
        pairs = levels[:, :-1] + levels[:, 1:] * _LEVELS
        codes = pairs[:, :-2] + pairs[:, 2:] * _LEVELS**2
        counts += np.bincount(codes.ravel(), minlength=counts.size)
    shares = np.bincount(_classes(), counts, SIZE) / max(int(counts.sum()), 1)
    roots: npt.NDArray[np.float64] = np.sqrt(shares)
    return roots
