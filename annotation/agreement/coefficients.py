"""Coefficients of agreement beyond chance, from counts, for one table or for many resamples.

Each is 1 - observed / expected disagreement. Krippendorff's alpha: K. Krippendorff, "Computing
Krippendorff's Alpha-Reliability" (2011). Cohen's kappa: J. Cohen, "A Coefficient of Agreement for
Nominal Scales" (1960). Fleiss' kappa: J. L. Fleiss, "Measuring Nominal Scale Agreement Among Many
Raters" (1971). MASI: R. Passonneau, "Measuring Agreement on Set-valued Items (MASI) for Semantic
and Pragmatic Annotation" (2006).

They are computed here, because the libraries compute one table at a time, and a thousand resamples
of thousands of pictures ask for sums of counts; the tests hold them against the libraries.
"""

from __future__ import annotations

from collections.abc import Set
from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

NOMINAL: Floats = 1 - np.eye(2)
"""Distances between two values that are equal or are not."""


def masi_distance(first: Set[object], second: Set[object]) -> float:
    """Passonneau's distance of two sets: 1 - Jaccard index * monotonicity, 0..1.

    Monotonicity is 1 for equal sets, 2/3 where one holds the other, 1/3 where they overlap, else
    0. Two empty sets are equal; an empty set is as far as can be from any other.
    """
    common, union = len(first & second), len(first | second)
    if common == union:
        return 0.0
    if common == min(len(first), len(second)):
        return 1 - common / union * 2 / 3
    return 1 - common / union / 3


@cache
def set_distances(members: int) -> Floats:
    """MASI distances between all sets of so many members, as bits; (2**members, 2**members)."""
    sets = [{m for m in range(members) if code >> m & 1} for code in range(2**members)]
    distances = np.array([[masi_distance(a, b) for b in sets] for a in sets], dtype=np.float64)
    distances.setflags(write=False)
    return distances


def unit_disagreement(counts: Floats, distances: Floats) -> tuple[Floats, Floats]:
    """What each unit adds to alpha's and Fleiss' sums: its disagreement, its pairable values.

    `counts`: how many raters gave a unit each value, (units, values). Returns (units,) and (units,
    values); units with fewer than two values add nothing.
    """
    judged = counts.sum(axis=1)
    pairable = judged >= 2
    disagreement = ((counts @ distances) * counts).sum(axis=1) / np.where(pairable, judged - 1, 1)
    return disagreement * pairable, counts * pairable[:, None]


def cross_disagreement(first: Floats, second: Floats, distances: Floats) -> tuple[Floats, Floats]:
    """As `unit_disagreement`, of those pairs alone that join a rater of each of two panels.

    A unit weighs as many values as both panels gave it, each panel half of them, so that with one
    rater in each this is Krippendorff's alpha of the two. That pairs across panels are what
    compares panels is from Wong, Paritosh and Aroyo, "Cross-replication Reliability" (2021).
    """
    ones, others = first.sum(axis=1), second.sum(axis=1)
    paired = (ones > 0) & (others > 0)
    ones, others = np.where(paired, ones, 1), np.where(paired, others, 1)
    both = (ones + others) * paired
    disagreement = ((first @ distances) * second).sum(axis=1) * both / (ones * others)
    values = (first / ones[:, None] + second / others[:, None]) * (both / 2)[:, None]
    return disagreement, values


def alpha_expected(values: Floats, distances: Floats) -> Floats:
    """The disagreement that alpha expects by chance of sums of pairable values, (…, values)."""
    total = values.sum(axis=-1)
    return np.asarray(_chance(values, values, distances) / np.where(total > 1, total - 1, 1))


def fleiss_expected(values: Floats, distances: Floats) -> Floats:
    """The disagreement that Fleiss' kappa expects; it draws with replacement, alpha without."""
    total = values.sum(axis=-1)
    return np.asarray(_chance(values, values, distances) / np.where(total > 0, total, 1))


def cohen_expected(tables: Floats) -> Floats:
    """The disagreements that Cohen's kappa expects of two raters' tables, (…, values, values)."""
    total = tables.sum(axis=(-1, -2))
    distances = 1 - np.eye(tables.shape[-1])
    chance = _chance(tables.sum(axis=-1), tables.sum(axis=-2), distances)
    return np.asarray(chance / np.where(total > 0, total, 1))


def coefficient(observed: Floats, expected: Floats) -> Floats:
    """1 - observed / expected; NaN where nothing could have been disagreed about."""
    some = expected > 0
    return np.where(some, 1 - observed / np.where(some, expected, 1), np.nan)


def _chance(first: Floats, second: Floats, distances: Floats) -> Floats:
    return np.asarray(((first @ distances) * second).sum(axis=-1), dtype=np.float64)
