"""Bins of how much of a picture was changed, for who counts forgeries by it or asks for more."""

from __future__ import annotations

import math

SIZES: tuple[tuple[str, float], ...] = (
    ("below 0.5%", 0.005),
    ("0.5 to 2%", 0.02),
    ("2 to 8%", 0.08),
    ("8 to 32%", 0.32),
    ("above 32%", math.inf),
)
"""Bins of the share of the picture that changed, each with its upper end."""
WHOLE = "whole picture"
"""The bin of forgeries that are synthetic throughout, or whose change nobody measured."""


def size_bin(area: float | None) -> str:
    """The bin of a share of the picture, 0..1; None is the whole picture."""
    if area is None:
        return WHOLE
    return next(name for name, end in SIZES if area < end)


def size_range(size: str) -> tuple[float, float] | None:
    """The shares that a bin reaches from and to, 0..1; None for the whole picture."""
    start = 0.0
    for name, end in SIZES:
        if name == size:
            return start, min(end, 1.0)
        start = end
    return None
