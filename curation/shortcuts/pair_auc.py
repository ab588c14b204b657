"""The area under the ROC curve as a share of pairs, averaged over folds, with its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Fold:
    """Held-out scores (n,) of one fitted model, which of them are fake, and their group numbers."""

    scores: npt.NDArray[np.float64]
    fake: npt.NDArray[np.bool_]
    group: npt.NDArray[np.intp]

    @classmethod
    def join(cls, folds: Sequence[Self]) -> Self:
        """All folds as one, as if one model had scored them."""
        return cls(
            np.concatenate([fold.scores for fold in folds]),
            np.concatenate([fold.fake for fold in folds]),
            np.concatenate([fold.group for fold in folds]),
        )


def mean_auc(folds: Sequence[Fold]) -> float:
    """The share of (fake, real) pairs within a fold that are scored in order; ties count half.

    0.5 where no fold holds a pair.
    """
    weights = [np.ones((1, fold.scores.size)) for fold in folds]
    return float(_weighted(folds, weights)[0])


def drawn_groups(
    groups: int, rng: np.random.Generator, rounds: int = 200
) -> npt.NDArray[np.float32]:
    """How often each of so many groups is drawn with replacement, (rounds, groups)."""
    return rng.multinomial(groups, np.full(groups, 1 / groups), size=rounds).astype(np.float32)


def resampled(folds: Sequence[Fold], draws: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """`mean_auc` for each round of drawn groups. The models stay as they were fitted."""
    return _weighted(folds, [draws[:, fold.group] for fold in folds])


def interval(
    folds: Sequence[Fold], groups: int, rng: np.random.Generator, rounds: int = 200
) -> tuple[float, float]:
    """The 2.5 % and 97.5 % quantiles of `mean_auc` when whole groups are drawn with replacement.

    `groups`: how many group numbers there are. The models stay as they were fitted.
    """
    low, high = np.quantile(resampled(folds, drawn_groups(groups, rng, rounds)), [0.025, 0.975])
    return float(low), float(high)


def _weighted(
    folds: Sequence[Fold], weights: Sequence[npt.NDArray[np.floating]]
) -> npt.NDArray[np.float64]:
    """`mean_auc` for each row of weights (rounds, n), one array of weights for each fold."""
    ordered: float | npt.NDArray[np.float64] = 0.0
    pairs: float | npt.NDArray[np.float64] = 0.0
    for fold, weight in zip(folds, weights, strict=True):
        # Rounded, so that scores equal but for the last bits are the tie that they are.
        _, level = np.unique(fold.scores.round(9), return_inverse=True)
        order = np.argsort(level, kind="stable")
        starts = np.flatnonzero(np.diff(level[order], prepend=-1))
        fakes = np.add.reduceat((weight * fold.fake)[:, order], starts, axis=1)
        reals = np.add.reduceat((weight * ~fold.fake)[:, order], starts, axis=1)
        below = reals.cumsum(axis=1) - reals
        ordered = ordered + (fakes * (below + reals / 2)).sum(axis=1)
        pairs = pairs + fakes.sum(axis=1) * reals.sum(axis=1)
    pairs = np.asarray(pairs)
    return np.where(pairs > 0, ordered / np.maximum(pairs, 1e-12), 0.5)
