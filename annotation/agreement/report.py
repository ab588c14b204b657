"""The agreement report of a set: who agrees with whom, about what, and on which pictures."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from annotation.agreement.anchoring import anchoring
from annotation.agreement.coefficients import Floats
from annotation.agreement.masks import compare_masks
from annotation.agreement.panels import SUBJECTS, Bools, Panels, between
from annotation.agreement.tallies import compare_pair
from annotation.agreement.votes import QUESTIONS, Votes, collect
from schemas.agreement import (
    ATTRIBUTES_TOGETHER,
    Agreement,
    AgreementReport,
    PairAgreement,
)
from schemas.annotation import Annotation
from schemas.attributes import ATTRIBUTES_BY_ID, WHOLE
from schemas.identity import derive_seed

LEAST_SHARED = 10
"""Pictures that two raters must have in common for a figure of theirs."""
MOST_PAIRS = 100
"""Pairs of raters that are reported, those with most pictures in common first."""
_ABOUT = {WHOLE: (WHOLE,), ATTRIBUTES_TOGETHER: tuple(ATTRIBUTES_BY_ID)}


def agreement_report(
    rows: Sequence[Annotation],
    groups: Mapping[str, Mapping[str, str]] | None = None,
    *,
    superseded: Collection[str] = (),
    primed: Collection[str] = (),
    shown: Collection[str] = (),
    resamples: int = 1000,
    seed: int = 0,
) -> AgreementReport:
    """All figures of agreement in some rows of many samples and raters, in whatever order.

    `groups`: for each way to slice the set, as "generator" or "operation", the group of each
    sample id; samples that are not named are in none. `superseded`: ids of rows that a later row
    of their rater replaces. `primed`: ids of the rows of people who saw machine judgements. These
    enter the anchoring effect alone: agreement is among those who judged by themselves. `shown`:
    the raters whose judgements people saw, all machines if left out. Intervals are of 95 %, from
    `resamples` draws of pictures by `seed`; equal arguments give equal reports. Raises
    `ValueError` for an unknown attribute and `DatasetError` for masks of differing sizes.
    """
    primed = frozenset(primed)
    alone = [row for row in rows if row.annotation_id not in primed]
    votes = collect(alone, superseded)
    pairs, left_out = _pairs(votes, resamples, seed)
    return AgreementReport(
        resamples,
        seed,
        tuple(_figures(votes, groups or {}, resamples, seed)),
        pairs,
        left_out,
        compare_masks(alone, superseded, resamples, seed),
        anchoring(rows, primed, shown, superseded, resamples, seed) if primed else None,
        {f"{r.kind.value}:{r.name}": round(share, 6) for r, share in votes.unsure.items()},
    )


def _figures(
    votes: Votes, groups: Mapping[str, Mapping[str, str]], resamples: int, seed: int
) -> Iterator[Agreement]:
    panels = Panels(votes, resamples, seed)
    everywhere = np.ones(len(votes.samples), dtype=np.bool_)
    yield from panels.figures((*SUBJECTS, *ATTRIBUTES_BY_ID), everywhere)
    for name in sorted(groups):
        values = [groups[name].get(sample) for sample in votes.samples]
        for value in sorted({v for v in values if v is not None}):
            chosen: Bools = np.array([v == value for v in values], dtype=np.bool_)
            yield from panels.figures(SUBJECTS, chosen, name, value)


def _pairs(votes: Votes, resamples: int, seed: int) -> tuple[tuple[PairAgreement, ...], int]:
    """Pairs of raters about the whole picture, and about the attributes together."""
    ballots = {question: _matrix(votes, question) for question in QUESTIONS}
    wanted: list[tuple[int, int, int, str]] = []
    left_out = 0
    for about, questions in _ABOUT.items():
        shared = np.max([_shared(ballots[question]) for question in questions], axis=0)
        for one, other in combinations(range(len(votes.raters)), 2):
            if shared[one, other] >= LEAST_SHARED:
                wanted.append((-int(shared[one, other]), one, other, about))
            else:
                left_out += int(shared[one, other] > 0)
    wanted.sort()
    found = []
    for _, one, other, about in wanted[:MOST_PAIRS]:
        first, second = votes.raters[one], votes.raters[other]
        tables = [_tables(ballots[q][:, one], ballots[q][:, other]) for q in _ABOUT[about]]
        names = (first.kind, first.name, second.kind, second.name, about)
        figures = compare_pair(tables, resamples, derive_seed("agreement", seed, *names))
        kinds = between(first.kind, second.kind)
        pictures = int(np.any([table.any(axis=(1, 2)) for table in tables], axis=0).sum())
        found.append(
            PairAgreement(
                first.name, second.name, kinds, about, pictures, figures.agreement, figures.alpha
            )
        )
    return tuple(found), left_out + max(0, len(wanted) - MOST_PAIRS)


def _matrix(votes: Votes, question: str) -> npt.NDArray[np.int8]:
    """0 absent, 1 present, -1 no vote; int8 (samples, raters)."""
    matrix = np.full((len(votes.samples), len(votes.raters)), -1, dtype=np.int8)
    ballot = votes.ballots[question]
    matrix[ballot.sample, ballot.rater] = ballot.present
    return matrix


def _shared(matrix: npt.NDArray[np.int8]) -> Floats:
    """How many pictures each two raters both judged; (raters, raters)."""
    voted = (matrix >= 0).astype(np.float64)
    return voted.T @ voted


def _tables(first: npt.NDArray[np.int8], second: npt.NDArray[np.int8]) -> Floats:
    """A table for each picture, empty where one of the two did not vote; (samples, 2, 2)."""
    tables = np.zeros((len(first), 2, 2))
    both = np.flatnonzero((first >= 0) & (second >= 0))
    tables[both, first[both], second[both]] = 1
    return tables
