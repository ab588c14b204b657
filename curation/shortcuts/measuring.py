"""How well a group of features tells real from fake, and whether chance would do as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from curation.shortcuts.classifiers import (
    LINEAR,
    STUMP,
    TREES,
    Design,
    Matrix,
    Split,
    folds,
    score,
)
from curation.shortcuts.pair_auc import Fold, drawn_groups, mean_auc, resampled
from schemas.shortcuts import Estimate

_ONE_SIDED = 0.05


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows that models see: labels, group numbers 0, 1, … and the folds they fall into."""

    fake: npt.NDArray[np.bool_]
    group: npt.NDArray[np.int64]
    splits: tuple[Split, ...]
    draws: npt.NDArray[np.float32]
    state: int

    @classmethod
    def of(cls, fake: npt.NDArray[np.bool_], group: npt.NDArray[np.int64], state: int) -> Sample:
        """Number the groups anew, cut the folds, draw the groups of the bootstrap."""
        numbers = np.unique(group, return_inverse=True)[1].astype(np.int64)
        count = int(numbers.max()) + 1 if numbers.size else 0
        draws = drawn_groups(max(count, 1), np.random.default_rng(state))
        return cls(fake, numbers, folds(fake, numbers, state), draws, state)


@dataclass(frozen=True, slots=True)
class Measured:
    """The better of both classifiers, and the held-out scores that say so."""

    classifier: str
    classifiers: tuple[tuple[str, float], ...]
    estimate: Estimate
    scores: list[Fold]


def measure(matrix: Matrix, sample: Sample) -> Measured:
    """Cross-validate both classifiers; the better one is the measurement.

    Chance is given the same choice: under it, the better one's AUC lies around 0.5 as the better
    of the two resampled AUCs lies around its own.
    """
    scored = {name: _score(name, matrix, sample) for name in (LINEAR, TREES)}
    results = tuple((name, mean_auc(parts)) for name, parts in scored.items())
    best, auc = max(results, key=lambda result: result[1])
    rounds = {name: resampled(parts, sample.draws) for name, parts in scored.items()}
    luck = np.max([rounds[name] - value for name, value in results], axis=0)
    return Measured(
        best, results, estimate(auc, rounds[best], luck, scored[best], sample), scored[best]
    )


def alone(matrix: Matrix, sample: Sample) -> list[Fold]:
    """Held-out scores of a shallow tree."""
    return _score(STUMP, matrix, sample)


def tree_auc(matrix: Matrix, sample: Sample) -> float:
    """The cross-validated AUC of the boosted trees alone."""
    return mean_auc(_score(TREES, matrix, sample)) if matrix.shape[1] else 0.5


def estimate(
    auc: float,
    rounds: npt.NDArray[np.float64],
    luck: npt.NDArray[np.float64],
    parts: Sequence[Fold],
    sample: Sample,
    trials: int = 1,
) -> Estimate:
    """An AUC with its interval, and what chance reaches once in 20 such sets of `trials` looks.

    Its spread under chance is that of the bootstrap, and no less than that of the rank test of Mann
    and Whitney (1947), corrected for ties, on as many independent pictures as there are groups: a
    perfect score on a handful of groups has no spread of its own.
    """
    low, high = np.quantile(rounds, [0.025, 0.975])
    reals = np.unique(sample.group[~sample.fake]).size
    fakes = np.unique(sample.group[sample.fake]).size
    least = np.sqrt(_untied(parts) * (reals + fakes + 1) / (12 * reals * fakes))
    centre = 0.5 + max(float(luck.mean()), 0.0)
    spread = max(float(luck.std()), float(least), 1e-9)
    return Estimate(
        auc=auc,
        low=float(low),
        high=float(high),
        null=min(1.0, centre + float(norm.isf(_ONE_SIDED / trials)) * spread),
        p_value=min(1.0, trials * float(norm.sf((auc - centre) / spread))),
    )


def single(parts: Sequence[Fold], sample: Sample, trials: int) -> Estimate:
    """The estimate for one of `trials` features that were looked at."""
    rounds = resampled(parts, sample.draws)
    auc = mean_auc(parts)
    return estimate(auc, rounds, rounds - auc, parts, sample, trials)


def _untied(parts: Sequence[Fold]) -> float:
    """By how much ties lower the variance of the rank test, 0..1."""
    weights, shares = [], []
    for part in parts:
        rows = part.scores.size
        ties = np.unique(part.scores.round(9), return_counts=True)[1].astype(np.float64)
        shares.append(1 - float((ties**3 - ties).sum()) / max(rows**3 - rows, 1))
        weights.append(rows)
    return float(np.average(shares, weights=weights))


def columns_of(made: Design, names: Sequence[str]) -> Matrix:
    """The columns of some features."""
    wanted = set(names)
    places = [
        place
        for name, own in zip(made.names, made.places, strict=True)
        if name in wanted
        for place in own
    ]
    return made.matrix[:, places]


def _score(name: str, matrix: Matrix, sample: Sample) -> list[Fold]:
    return score(name, matrix, sample.fake, sample.group, sample.splits, sample.state)
