"""What one measurement is to the calibration and to the rater: an attribute, a tail, and words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Measurements = Mapping[str, float]
"""Measurement name -> value, NaN where it cannot be computed; JSON-able once NaN is dropped."""

_LOG_FLOOR = 1e-3
_MOST = 0.9999


@dataclass(frozen=True, slots=True)
class Measurement:
    """One calibrated number.

    `tail` says which values are out of the ordinary: those that are high, or both ends. Ratios are
    compared on the `scale` of their logarithm, correlations on Fisher's (arctanh). `show` formats
    a value with its unit and `say` completes "In the upper left …" from this measurement and the
    figures beside it. `reference` is where the idea was published.
    """

    name: str
    attribute: str
    tail: Literal["high", "both"]
    scale: Literal["linear", "log", "fisher"]
    show: Callable[[float], str]
    say: Callable[[Measurements], str]
    reference: str

    def scaled(self, value: float) -> float:
        """The value on the scale on which values are compared; NaN stays NaN."""
        if self.scale == "log":
            return math.log(max(value, _LOG_FLOOR))
        if self.scale == "fisher":
            return math.atanh(min(max(value, -_MOST), _MOST))
        return value

    def unscaled(self, value: float) -> float:
        """The inverse of `scaled`."""
        if self.scale == "log":
            return math.exp(value)
        return math.tanh(value) if self.scale == "fisher" else value


def ratio(value: float) -> str:
    """A ratio, difference or correlation in two decimals, with a real minus sign."""
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def degrees(value: float) -> str:
    """An angle in degrees, one decimal."""
    return f"{value:.1f}°"
