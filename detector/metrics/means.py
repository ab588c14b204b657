"""Figures that each picture has by itself, such as its mask's F1, averaged over all and slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.metrics.intervals import ROUNDS, Interval
from detector.metrics.resampling import draws, interval, resampled_mean
from detector.metrics.slices import FIELDS, UNKNOWN
from schemas.identity import derive_seed


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of one measure over the pictures of one slice that have it.

    `field` and `value` are "" for all pictures together.
    """

    measure: str
    field: str
    value: str
    pictures: int
    mean: float
    interval: Interval | None


def means(
    measures: Mapping[str, npt.NDArray[np.float64]],
    fake: npt.NDArray[np.bool_],
    columns: Mapping[str, Sequence[str | None]],
    group: npt.NDArray[np.intp],
    seed: int,
    fields: Sequence[str] = FIELDS,
    rounds: int = ROUNDS,
) -> tuple[Mean, ...]:
    """The means of each measure (n,), NaN where a picture has none: over all, then by slice.

    `columns`: a value a picture for each field. A real picture without a value in a field is in no
    slice of it, a fake without one in `UNKNOWN`. Slices without the measure are left out.
    """
    places: list[tuple[str, str, npt.NDArray[np.bool_]]] = [("", "", np.ones(fake.size, np.bool_))]
    for field in fields:
        plain = [
            UNKNOWN if one is None and fake[place] else one
            for place, one in enumerate(columns[field])
        ]
        for value in sorted({one for one in plain if one is not None}):
            places.append((field, value, np.array([one == value for one in plain], np.bool_)))
    found = []
    for measure, values in measures.items():
        for field, value, here in places:
            own = here & ~np.isnan(values)
            if own.any():
                number = derive_seed("mean", seed, measure, field, value)
                spread = _interval(values[own], group[own], number, rounds)
                mean = float(values[own].mean())
                found.append(Mean(measure, field, value, int(own.sum()), mean, spread))
    return tuple(found)


def _interval(
    values: npt.NDArray[np.float64], group: npt.NDArray[np.intp], seed: int, rounds: int
) -> Interval | None:
    found = [resampled_mean(values, weights) for weights in draws(group, seed, rounds)]
    return interval(np.concatenate(found), group, rounds) if found else None
