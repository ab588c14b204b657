"""Whether probabilities mean what they say: calibration error, Brier score, reliability curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.metrics.predictions import Predictions

BINS = 15
"""Bins of equal width over 0..1, as in Guo et al., "On Calibration of Modern Neural Networks"."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Pictures whose probability lies in low <= p < high (the last bin includes 1)."""

    low: float
    high: float
    pictures: int
    mean_probability: float | None
    share_fake: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Figures over the pictures that have a probability; `without_probability` have none.

    `ece`: expected calibration error, the mean over pictures of how far their bin's mean
    probability of being fake lies from its share of fakes. `mce`: the largest such distance.
    `brier`: the mean squared distance of the probability from the truth. None without a picture.
    `curve`: the reliability curve, one entry a bin, empty bins included.
    """

    pictures: int
    without_probability: int
    bins: int
    ece: float | None
    mce: float | None
    brier: float | None
    curve: tuple[Bin, ...]


def calibration(predictions: Predictions, bins: int = BINS) -> Calibration:
    """The calibration of P(fake) over `bins` bins of equal width.

    Both classes are binned by P(fake), so that errors at the low end count as those at the high.
    Raises `ValueError` for fewer than one bin.
    """
    if bins < 1:
        raise ValueError(f"there must be a bin at least, not {bins}")
    given = ~np.isnan(predictions.probability)
    chance, fake = predictions.probability[given], predictions.fake[given].astype(np.float64)
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, chance, side="right") - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    said = np.bincount(place, chance, bins)
    true = np.bincount(place, fake, bins)
    filled = counts > 0
    distance = np.abs(said - true)[filled] / counts[filled]
    weight = counts[filled] / max(chance.size, 1)
    return Calibration(
        pictures=chance.size,
        without_probability=int((~given).sum()),
        bins=bins,
        ece=float((weight * distance).sum()) if chance.size else None,
        mce=float(distance.max()) if chance.size else None,
        brier=float(((chance - fake) ** 2).mean()) if chance.size else None,
        curve=tuple(
            Bin(
                float(edges[one]),
                float(edges[one + 1]),
                int(counts[one]),
                float(said[one] / counts[one]) if counts[one] else None,
                float(true[one] / counts[one]) if counts[one] else None,
            )
            for one in range(bins)
        ),
    )
