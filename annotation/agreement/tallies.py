"""What each picture adds to the sums behind a coefficient, stratum by stratum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from annotation.agreement.bootstrap import estimate, resample
from annotation.agreement.coefficients import (
    Floats,
    alpha_expected,
    coefficient,
    cohen_expected,
    cross_disagreement,
    fleiss_expected,
    unit_disagreement,
)
from schemas.agreement import Estimate


@dataclass(frozen=True, slots=True)
class Tally:
    """One question's share in the sums: `disagreement` (pictures,), `values` (pictures, values).

    Several questions are pooled by adding observed and expected disagreement over them, so that
    questions with differing base rates do not lend one another agreement (De Vries, Elliott,
    Kanouse and Teleki, "Using Pooled Kappa to Summarize Interrater Agreement across Many Items",
    2008).
    """

    disagreement: Floats
    values: Floats
    distances: Floats

    def only(self, chosen: npt.NDArray[np.bool_]) -> Tally:
        """The tally in which only these pictures, bool (pictures,), add anything."""
        return Tally(self.disagreement * chosen, self.values * chosen[:, None], self.distances)


@dataclass(frozen=True, slots=True)
class Compared:
    """How far values agree, and by which alpha and Fleiss' kappa."""

    agreement: Estimate | None
    alpha: Estimate | None
    fleiss: Estimate | None


def within(counts: Floats, distances: Floats) -> Tally:
    """The tally of one panel from how many of it gave each value, (pictures, values)."""
    return Tally(*unit_disagreement(counts, distances), distances)


def across(first: Floats, second: Floats, distances: Floats) -> Tally:
    """The tally of one panel against another."""
    return Tally(*cross_disagreement(first, second, distances), distances)


def compare(tallies: Sequence[Tally], resamples: int, seed: int) -> Compared:
    """The figures of some questions together, with intervals."""
    sums = resample(stacked(tallies), resamples, seed)
    observed, total, alpha, fleiss = (np.zeros(len(sums)) for _ in range(4))
    start = 0
    for tally in tallies:
        stop = start + 1 + tally.values.shape[1]
        values = sums[:, start + 1 : stop]
        observed += sums[:, start]
        total += values.sum(axis=1)
        alpha += alpha_expected(values, tally.distances)
        fleiss += fleiss_expected(values, tally.distances)
        start = stop
    return Compared(
        estimate(coefficient(observed, total)),
        estimate(coefficient(observed, alpha)),
        estimate(coefficient(observed, fleiss)),
    )


def compare_pair(tables: Sequence[Floats], resamples: int, seed: int) -> Compared:
    """Two raters by Cohen's kappa (as `alpha`), from a table for each picture and question.

    `tables`: for each question (pictures, 2, 2), the first rater's value by the second's.
    """
    pictures = len(tables[0])
    sums = resample(
        np.concatenate([t.reshape(pictures, 4) for t in tables], axis=1), resamples, seed
    ).reshape(1 + resamples, len(tables), 2, 2)
    observed = (sums[..., 0, 1] + sums[..., 1, 0]).sum(axis=1)
    total = sums.sum(axis=(1, 2, 3))
    expected = cohen_expected(sums).sum(axis=1)
    return Compared(
        estimate(coefficient(observed, total)), estimate(coefficient(observed, expected)), None
    )


def stacked(tallies: Sequence[Tally]) -> Floats:
    """All columns of some tallies side by side: disagreement, then values, of each in turn."""
    parts = [part for t in tallies for part in (t.disagreement[:, None], t.values)]
    return np.concatenate(parts, axis=1)
