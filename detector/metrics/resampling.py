"""Bootstrap draws of whole groups as weights, so that a figure of all rounds is one product.

The same draws as `intervals.bootstrap` makes one by one, for figures that are known beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from detector.metrics.detection import ranking
from detector.metrics.intervals import LEVEL, Interval
from detector.metrics.predictions import Predictions

_Values = npt.NDArray[np.float64]
_CELLS = 4_000_000
FIGURES = ("accuracy", "accuracy_real", "accuracy_fake", "balanced_accuracy", "auc")


def draws(group: npt.NDArray[np.intp], seed: int, rounds: int) -> Iterator[_Values]:
    """How often each picture is drawn in each round, in blocks (some rounds, n) of all `rounds`.

    `group` (n,): the groups' numbers; the pictures of a group are drawn together. Nothing with
    fewer than two groups.
    """
    _, number = np.unique(group, return_inverse=True)
    groups = int(number.max()) + 1 if number.size else 0
    if groups < 2:
        return
    rng = np.random.default_rng(seed)
    even = np.full(groups, 1 / groups)
    block = max(1, _CELLS // number.size)
    for first in range(0, rounds, block):
        often = rng.multinomial(groups, even, size=min(block, rounds - first))
        yield often[:, number].astype(np.float64)


def interval(figures: _Values, group: npt.NDArray[np.intp], rounds: int) -> Interval | None:
    """The percentile interval of a figure's rounds; NaN where it was undefined.

    None where there are none, or where less than half of the rounds have the figure.
    """
    found = figures[~np.isnan(figures)]
    if not found.size or 2 * found.size < rounds:
        return None
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high), LEVEL, found.size, np.unique(group).size)


def resampled(said: Predictions, weights: _Values) -> dict[str, _Values]:
    """Each of `FIGURES` in every round (rounds,) of draws (rounds, n), NaN where undefined."""
    right, fake = said.right.astype(np.float64), said.fake.astype(np.float64)
    of_real = _share(weights @ (right * (1 - fake)), weights @ (1 - fake))
    of_fake = _share(weights @ (right * fake), weights @ fake)
    return {
        "accuracy": _share(weights @ right, weights.sum(axis=1)),
        "accuracy_real": of_real,
        "accuracy_fake": of_fake,
        "balanced_accuracy": (of_real + of_fake) / 2,
        "auc": _auc(said, weights),
    }


def resampled_mean(values: _Values, weights: _Values) -> _Values:
    """The mean of (n,) values in every round of draws (rounds, n)."""
    return _share(weights @ values, weights.sum(axis=1))


def _auc(said: Predictions, weights: _Values) -> _Values:
    scores = ranking(said)
    if scores is None:
        return np.full(len(weights), np.nan)
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), ranked.size - 1)
    fake = said.fake[order]
    drawn = weights[:, order]
    hits = np.cumsum(drawn * fake, axis=1)[:, last]
    alarms = np.cumsum(drawn * ~fake, axis=1)[:, last]
    gained = np.diff(hits, axis=1, prepend=0)
    under = alarms[:, -1:] - alarms + np.diff(alarms, axis=1, prepend=0) / 2
    return _share((gained * under).sum(axis=1), hits[:, -1] * alarms[:, -1])


def _share(part: _Values, whole: _Values) -> _Values:
    shares = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return np.asarray(shares, np.float64)
