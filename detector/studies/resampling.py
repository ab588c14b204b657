"""Figures of many probes on one test split, with intervals from the same draws of groups and seeds.

Because every figure is computed on the same draws, differences and means of figures have
intervals too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.identity import derive_seed

ROUNDS = 500
LEVEL = 0.95
_AT_ONCE = 1 << 24
"""Weights held in memory at a time."""
_Floats = npt.NDArray[np.float64]
_Bools = npt.NDArray[np.bool_]
_Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Draws:
    """`groups` (rounds, g): how often each group of the test split is drawn. `seeds` (rounds, s):
    how often each repetition is. Round 0 is none: everything stands in it once, as measured.
    """

    groups: npt.NDArray[np.int32]
    seeds: npt.NDArray[np.int32]

    @classmethod
    def of(cls, group: _Places, seeds: int, seed: int, rounds: int = ROUNDS) -> Draws:
        """Draws with replacement for test pictures with these groups (n,), numbered from 0.

        Whole groups are drawn, because pictures of one are not independent (Field and Welsh,
        "Bootstrapping Clustered Data", 2007), and repetitions, because what is learnt differs.
        """
        rng = np.random.default_rng(derive_seed("draws", seed))
        count = int(group.max()) + 1
        groups = rng.multinomial(count, np.full(count, 1 / count), rounds + 1)
        repeated = rng.multinomial(seeds, np.full(seeds, 1 / seeds), rounds + 1)
        groups[0], repeated[0] = 1, 1
        return cls(groups.astype(np.int32), repeated.astype(np.int32))

    def weights(self, group: _Places) -> npt.NDArray[np.float32]:
        """(rounds + 1, m): how often each of m pictures with these groups is drawn."""
        return self.groups[:, group].astype(np.float32)

    def mean(self, by_seed: _Floats) -> _Floats:
        """Means (rounds + 1,) over the repetitions drawn of figures (s, rounds + 1) in 0..1.

        NaN for rounds in which one of them is undefined. A group that is drawn twice pairs with
        itself, which shifts a figure that goes by pairs, as the AUC; the shift of the draws'
        mean against what was measured is taken out (the bootstrap's estimate of bias: Efron and
        Tibshirani, "An Introduction to the Bootstrap", 1993).
        """
        weighted = by_seed * self.seeds.T
        found: _Floats = weighted.sum(axis=0) / self.seeds.sum(axis=1)
        drawn = found[1:]
        if np.isfinite(found[0]) and np.isfinite(drawn).any():
            found[1:] = np.clip(drawn - (np.nanmean(drawn) - found[0]), 0, 1)
        return found


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure as measured, and where it lies in the middle 95 % of the draws."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, rounds: _Floats) -> Estimate | None:
        """Of a figure in every round (rounds + 1,), measured in round 0, NaN where undefined.

        None where it is undefined as measured or in more than half of the rounds.
        """
        known = rounds[1:][np.isfinite(rounds[1:])]
        if not np.isfinite(rounds[0]) or 2 * known.size < rounds.size - 1:
            return None
        low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return cls(float(rounds[0]), float(low), float(high))


def auc_rounds(fake: _Bools, scores: _Floats, weights: npt.NDArray[np.float32]) -> _Floats:
    """The area under the ROC curve in every round (r,); NaN where a class is not drawn.

    fake (n,); scores (n,) finite; weights (r, n), not negative. The share of pairs of a fake and a
    real picture that are in order, each pair weighing the product of its weights; ties count half.
    """
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    ends = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
    truth = fake[order]
    found = np.empty(len(weights))
    step = max(1, _AT_ONCE // max(len(scores), 1))
    for first in range(0, len(weights), step):
        drawn = weights[first : first + step, order]
        fakes = np.cumsum(np.where(truth, drawn, 0), axis=1, dtype=np.float64)[:, ends]
        reals = np.cumsum(np.where(truth, 0, drawn), axis=1, dtype=np.float64)[:, ends]
        gained = np.diff(fakes, axis=1, prepend=0)
        below = reals - np.diff(reals, axis=1, prepend=0) / 2
        pairs = fakes[:, -1] * reals[:, -1]
        with np.errstate(invalid="ignore", divide="ignore"):
            area = (gained * below).sum(axis=1) / pairs
        found[first : first + step] = np.where(pairs > 0, area, np.nan)
    return found


def accuracy_rounds(fake: _Bools, scores: _Floats, weights: npt.NDArray[np.float32]) -> _Floats:
    """Balanced accuracy in every round (r,), at a probability of one half; NaN as in `auc_rounds`.

    It is the mean of the accuracies on real and on fake pictures.
    """
    right = (scores >= 0.5) == fake
    parts = []
    for kind in (fake, ~fake):
        drawn = weights[:, kind].sum(axis=1, dtype=np.float64)
        hit = weights[:, kind & right].sum(axis=1, dtype=np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            parts.append(np.where(drawn > 0, hit / drawn, np.nan))
    both: _Floats = (parts[0] + parts[1]) / 2
    return both
