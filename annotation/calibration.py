"""Learns from authentic pictures what is ordinary, so that "present" has a known false-alarm rate.

A measurement's surprise is the logarithm of how rarely authentic pictures go as far; an attribute's
score is the greatest surprise of its measurements; its limit is a conformal quantile of the scores
of authentic pictures that were held out while the tails were learnt. The limits are then raised
together until the chance that any attribute at all is called present is held as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from annotation.measurements import BY_NAME, MEASUREMENTS, Measurements
from annotation.measurements.ladder import Ladder
from schemas.attributes import LOW_LEVEL
from schemas.vocabulary import Domain, Verdict

CALIBRATION_VERSION = "1"
MIN_DOMAIN = 30
"""A domain with fewer authentic pictures is judged by all domains together."""

_FOLDS = 10
_MIN_VALUES = 10
_UNSURE_TAIL = 5.0
_LEAST_LIMIT = 1e-3


@dataclass(frozen=True, slots=True)
class Limits:
    """Scores of an attribute from which it is unsure and present; None: never."""

    unsure: float | None
    present: float | None


@dataclass(frozen=True, slots=True)
class Ordinary:
    """What is ordinary in one domain. `pooled`: learnt from all domains for want of pictures."""

    samples: int
    pooled: bool
    ladders: Mapping[str, Ladder]
    limits: Mapping[str, Limits]

    def range(self, name: str, verdict: Verdict) -> tuple[float, float]:
        """The values of a measurement that alone do not make its attribute present, or unsure."""
        measurement = BY_NAME[name]
        limits = self.limits[measurement.attribute]
        limit = limits.present if verdict is Verdict.PRESENT else limits.unsure
        low, high = self.ladders[name].at(math.inf if limit is None else limit)
        if measurement.tail == "high":
            low = -math.inf
        return measurement.unscaled(low), measurement.unscaled(high)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is ordinary in each domain, and over all for a domain that was not seen."""

    version: str
    quantile: float
    domains: Mapping[str, Ordinary]
    overall: Ordinary

    def of(self, domain: Domain) -> Ordinary:
        """What is ordinary in `domain`."""
        return self.domains.get(domain.value, self.overall)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON and the card."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Calibration:
        """The inverse of `to_dict`. Raises `ValueError` for another version."""
        if data.get("version") != CALIBRATION_VERSION:
            raise ValueError(
                f"the calibration has version {data.get('version')!r}, this code reads "
                f"{CALIBRATION_VERSION!r}; run the annotation stage again"
            )
        return cls(
            version=data["version"],
            quantile=data["quantile"],
            domains={name: _ordinary(entry) for name, entry in data["domains"].items()},
            overall=_ordinary(data["overall"]),
        )


def calibrate(samples: Mapping[Domain, Sequence[Measurements]], quantile: float) -> Calibration:
    """Learn from the measurements of authentic training pictures of each domain.

    `quantile` (0.5..1): share of authentic pictures in which no attribute at all is present. It is
    meant for new pictures of the same kind with regions chosen alike, not only for these: scores
    are cross-fitted in ten folds, and each limit is the ceil((n + 1) * quantile)-th smallest
    (V. Vovk et al., Algorithmic Learning in a Random World, 2005), so with n < quantile /
    (1 - quantile) pictures nothing is ever present. Between the quantile of five times the tail
    and the limit, a verdict is unsure. Raises `ValueError` for a quantile outside of (0.5, 1).
    """
    if not 0.5 < quantile < 1:
        raise ValueError(f"the quantile must lie between 0.5 and 1, not at {quantile}")
    everything = [one for domain in sorted(samples) for one in samples[domain]]
    overall = _learn(everything, quantile, pooled=True)
    domains = {
        domain.value: _learn(samples[domain], quantile, pooled=False)
        if len(samples[domain]) >= MIN_DOMAIN
        else overall
        for domain in sorted(samples)
    }
    return Calibration(CALIBRATION_VERSION, quantile, domains, overall)


def surprises(values: Measurements, ordinary: Ordinary) -> dict[str, float]:
    """The surprise of each finite, calibrated measurement; see `Ladder.surprise`.

    A value on the ordinary side of a one-sided measurement counts negative.
    """
    return _surprises(values, ordinary.ladders)


def scores(values: Measurements, ordinary: Ordinary) -> dict[str, float]:
    """The greatest surprise of each low-level attribute; NaN where none could be measured."""
    return _scores(surprises(values, ordinary))


def _ordinary(data: Mapping[str, Any]) -> Ordinary:
    return Ordinary(
        samples=data["samples"],
        pooled=data["pooled"],
        ladders={
            name: Ladder(below=tuple(entry["below"]), above=tuple(entry["above"]))
            for name, entry in data["ladders"].items()
        },
        limits={name: Limits(**entry) for name, entry in data["limits"].items()},
    )


def _learn(samples: Sequence[Measurements], quantile: float, *, pooled: bool) -> Ordinary:
    held_out: list[dict[str, float]] = []
    folds = np.array_split(np.arange(len(samples)), min(_FOLDS, max(1, len(samples))))
    for fold in folds:
        first, last = (int(fold[0]), int(fold[-1]) + 1) if len(fold) else (0, 0)
        ladders = _ladders([*samples[:first], *samples[last:]])
        held_out += [_scores(_surprises(one, ladders)) for one in samples[first:last]]
    table = np.array([[one[name] for name in LOW_LEVEL] for one in held_out], dtype=np.float64)
    table = table.reshape(-1, len(LOW_LEVEL))
    # What could not be measured is never present.
    table = np.where(np.isnan(table), -math.inf, table)
    present = np.array([_conformal(column, quantile) for column in table.T])
    tail = 1 - quantile
    unsure = [_conformal(column, max(0.5, 1 - _UNSURE_TAIL * tail)) for column in table.T]
    with np.errstate(invalid="ignore"):
        excess = np.max(table / np.maximum(present, _LEAST_LIMIT), axis=1, initial=-math.inf)
    excess = np.where(np.isnan(excess), -math.inf, excess)
    factor = _conformal(excess, quantile)
    present = present * max(1.0, factor)
    return Ordinary(
        samples=len(samples),
        pooled=pooled,
        ladders=_ladders(samples),
        limits={
            name: Limits(_or_none(unsure[index]), _or_none(float(present[index])))
            for index, name in enumerate(LOW_LEVEL)
        },
    )


def _ladders(samples: Sequence[Measurements]) -> dict[str, Ladder]:
    found: dict[str, Ladder] = {}
    for measurement in MEASUREMENTS:
        raw = (sample.get(measurement.name, math.nan) for sample in samples)
        values = [measurement.scaled(value) for value in raw if math.isfinite(value)]
        if len(values) >= _MIN_VALUES:
            found[measurement.name] = Ladder.of(values)
    return found


def _surprises(values: Measurements, ladders: Mapping[str, Ladder]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, ladder in ladders.items():
        value = values.get(name, math.nan)
        if math.isfinite(value):
            surprise = ladder.surprise(BY_NAME[name].scaled(value))
            found[name] = abs(surprise) if BY_NAME[name].tail == "both" else surprise
    return found


def _scores(found: Mapping[str, float]) -> dict[str, float]:
    return {
        attribute: max(
            (value for name, value in found.items() if BY_NAME[name].attribute == attribute),
            default=math.nan,
        )
        for attribute in LOW_LEVEL
    }


def _conformal(values: npt.NDArray[np.float64], quantile: float) -> float:
    """The ceil((n + 1) * quantile)-th smallest value; infinity where there are too few."""
    # The slack keeps 0.96 * 25 = 24.000000000000004 from counting as 25.
    rank = math.ceil((len(values) + 1) * quantile - 1e-9)
    return float(np.sort(values)[rank - 1]) if rank <= len(values) else math.inf


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
