"""Detection by generator, domain, operation or any other column, each with its intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.metrics.detection import Detection, detection
from detector.metrics.intervals import ROUNDS, Interval
from detector.metrics.predictions import Predictions
from detector.metrics.resampling import FIGURES, draws, interval, resampled
from schemas.identity import derive_seed

FIELDS: tuple[str, ...] = ("domain", "operation", "generator")
UNKNOWN = "unknown"
"""What a fake without a value in a column is listed under."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """95 % intervals by groups, None where a figure or its spread is undefined."""

    accuracy: Interval | None
    accuracy_real: Interval | None
    accuracy_fake: Interval | None
    balanced_accuracy: Interval | None
    auc: Interval | None


@dataclass(frozen=True, slots=True)
class Slice:
    """The figures of the pictures with one value in one field.

    `companions`: real pictures that have no value in that field (nobody generated them) and stand
    beside the fakes of the slice: all those of the domains that these fakes are from, or all there
    are where these domains have none.
    """

    field: str
    value: str
    companions: int
    detection: Detection
    intervals: Intervals


def slices(
    predictions: Predictions,
    columns: Mapping[str, Sequence[str | None]],
    seed: int,
    fields: Sequence[str] = FIELDS,
    rounds: int = ROUNDS,
) -> tuple[Slice, ...]:
    """Every value of every field, in alphabetical order.

    `columns`: a value a picture (n,) for each field; `domain` among them, where it is known, says
    which real pictures stand beside which fakes; otherwise all do. Raises `KeyError` for a field
    that is no column.
    """
    domains = columns.get("domain")
    found = []
    for field in fields:
        for value, index, companions in sliced(predictions.fake, columns[field], domains):
            part = predictions.take(index)
            found.append(
                Slice(
                    field,
                    value,
                    companions,
                    detection(part),
                    intervals(part, derive_seed("slice", seed, field, value), rounds),
                )
            )
    return tuple(found)


def sliced(
    fake: npt.NDArray[np.bool_],
    values: Sequence[str | None],
    domains: Sequence[str | None] | None = None,
) -> Iterator[tuple[str, npt.NDArray[np.intp], int]]:
    """(value, places of its pictures, how many of them are companions), in alphabetical order."""
    if len(values) != fake.size or (domains is not None and len(domains) != fake.size):
        raise ValueError(f"a column needs a value for each of {fake.size} pictures")
    plain = [
        UNKNOWN if value is None and fake[place] else value for place, value in enumerate(values)
    ]
    idle = np.array([value is None for value in plain], np.bool_)
    for value in sorted({value for value in plain if value is not None}):
        own = np.array([one == value for one in plain], np.bool_)
        beside = idle if (own & fake).any() else np.zeros_like(idle)
        if domains is not None:
            wanted = {domains[place] for place in np.flatnonzero(own & fake)}
            beside = beside & np.array([domain in wanted for domain in domains], np.bool_)
        if (own & fake).any() and not (own | beside)[~fake].any():
            # Of such a domain, all of it synthetic, there is no real picture: all stand beside.
            beside = ~fake
        yield value, np.flatnonzero(own | beside), int(beside.sum())


def intervals(predictions: Predictions, seed: int, rounds: int = ROUNDS) -> Intervals:
    """The intervals of a set's figures. All are from the same draws."""
    blocks = [resampled(predictions, weights) for weights in draws(predictions.group, seed, rounds)]
    if not blocks:
        return Intervals(*[None] * len(FIGURES))
    columns = (np.concatenate([block[name] for block in blocks]) for name in FIGURES)
    return Intervals(*(interval(column, predictions.group, rounds) for column in columns))
