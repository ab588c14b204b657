"""Turns a measurement's value into how rarely authentic pictures go as far, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_LEAST_STEP = 1e-3
_TAILS = np.array([0.5, 0.2, 0.1, 0.05, 0.02])
_SURPRISES = np.log(0.5 / _TAILS)
_KNEE = 2
_RISE = float(_SURPRISES[-1] - _SURPRISES[_KNEE])


@dataclass(frozen=True, slots=True)
class Ladder:
    """Values of a measurement at five tail probabilities, on the scale on which it is compared.

    `below` and `above` start at the median and run outwards to the tails 0.2, 0.1, 0.05 and 0.02.
    """

    below: tuple[float, ...]
    above: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Ladder:
        """The ladder of finite values, one an authentic picture."""
        return cls(
            below=tuple(float(value) for value in np.quantile(values, _TAILS)),
            above=tuple(float(value) for value in np.quantile(values, 1 - _TAILS)),
        )

    def surprise(self, value: float) -> float:
        """How far out `value` lies: the logarithm of 0.5 over the tail probability beyond it.

        0 at the median; interpolated between the rungs. Past the last rung it grows with the
        logarithm of the distance, as under a Pareto tail, so that the one measurement with wild
        outliers does not set the limit for its whole attribute. Negative below the median.
        """
        if value >= self.above[0]:
            return _climb(value - self.above[0], [rung - self.above[0] for rung in self.above])
        return -_climb(self.below[0] - value, [self.below[0] - rung for rung in self.below])

    def at(self, surprise: float) -> tuple[float, float]:
        """The values below and above the median that surprise by as much."""
        below = _descend(surprise, [self.below[0] - rung for rung in self.below])
        above = _descend(surprise, [rung - self.above[0] for rung in self.above])
        return self.below[0] - below, self.above[0] + above


def _climb(distance: float, rungs: Sequence[float]) -> float:
    steps = _spaced(rungs)
    if distance <= steps[-1]:
        return float(np.interp(distance, steps, _SURPRISES))
    width = steps[-1] - steps[_KNEE]
    return float(_SURPRISES[-1] + _RISE * math.log1p((distance - steps[-1]) / width))


def _descend(surprise: float, rungs: Sequence[float]) -> float:
    steps = _spaced(rungs)
    if surprise <= _SURPRISES[-1]:
        return float(np.interp(surprise, _SURPRISES, steps))
    width = steps[-1] - steps[_KNEE]
    return float(steps[-1] + width * np.expm1((surprise - _SURPRISES[-1]) / _RISE))


def _spaced(rungs: Sequence[float]) -> npt.NDArray[np.float64]:
    """The rungs' distances from the median, kept apart where many pictures share one value."""
    return np.asarray(rungs, dtype=np.float64) + _LEAST_STEP * np.arange(len(rungs))
