"""How far a figure may be off: bootstrap intervals that draw whole groups of pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.metrics.predictions import Predictions

ROUNDS = 1000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a figure lies in the middle `level` of the `rounds` in which it was defined."""

    low: float
    high: float
    level: float
    rounds: int
    groups: int


def bootstrap(
    statistic: Callable[[npt.NDArray[np.intp]], float | None],
    group: npt.NDArray[np.intp],
    seed: int,
    rounds: int = ROUNDS,
    level: float = LEVEL,
) -> Interval | None:
    """The percentile interval of a figure when whole groups are drawn with replacement.

    `statistic` gets the places of the pictures drawn (m,), those of a group drawn twice repeated,
    and answers None where the figure is undefined for them; such rounds do not count. `group` (n,):
    the groups' numbers. Pictures of one group are not independent, and drawing them one by one
    would promise too narrow an interval (Field and Welsh, "Bootstrapping Clustered Data", 2007).
    None with fewer than two groups, or where less than half of the rounds have the figure.
    """
    if rounds < 2 or not 0 < level < 1:
        raise ValueError("an interval needs two rounds and a level between 0 and 1")
    _, number = np.unique(group, return_inverse=True)
    groups = int(number.max()) + 1 if number.size else 0
    if groups < 2:
        return None
    rng = np.random.default_rng(seed)
    places, even = np.arange(number.size), np.full(groups, 1 / groups)
    found = []
    for _ in range(rounds):
        drawn = rng.multinomial(groups, even)
        figure = statistic(np.repeat(places, drawn[number]))
        if figure is not None:
            found.append(figure)
    if 2 * len(found) < rounds:
        return None
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level, len(found), groups)


def interval_of(
    figure: Callable[[Predictions], float | None],
    predictions: Predictions,
    seed: int,
    rounds: int = ROUNDS,
) -> Interval | None:
    """`bootstrap` for a figure of predictions, by their own groups."""
    return bootstrap(lambda index: figure(predictions.take(index)), predictions.group, seed, rounds)


def mean_interval(
    values: npt.NDArray[np.float64], group: npt.NDArray[np.intp], seed: int, rounds: int = ROUNDS
) -> Interval | None:
    """`bootstrap` for the mean of one value a picture (n,); NaN where a picture has none."""

    def mean(index: npt.NDArray[np.intp]) -> float | None:
        drawn = values[index]
        drawn = drawn[~np.isnan(drawn)]
        return float(drawn.mean()) if drawn.size else None

    return bootstrap(mean, group, seed, rounds)
