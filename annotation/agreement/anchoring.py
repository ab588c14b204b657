"""Whether people lean on machine judgements that they were shown (the anchoring effect)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from annotation.agreement.bootstrap import estimate, resample
from annotation.agreement.coefficients import (
    NOMINAL,
    Floats,
    alpha_expected,
    coefficient,
    cross_disagreement,
)
from annotation.agreement.votes import QUESTIONS, collect
from schemas.agreement import Anchoring
from schemas.annotation import Annotation
from schemas.identity import derive_seed
from schemas.vocabulary import RaterKind


def anchoring(
    rows: Sequence[Annotation],
    primed: Collection[str],
    shown: Collection[str] = (),
    superseded: Collection[str] = (),
    resamples: int = 1000,
    seed: int = 0,
) -> Anchoring | None:
    """How much more people agree with machines after having seen their judgements.

    `primed`: ids of the rows of people who had seen machine judgements. `shown`: the raters whose
    judgements those were; all machines if left out. Which tasks open with machine judgements must
    have been drawn by chance for this to measure the seeing alone. None where one of the two groups
    of people has nothing to compare.
    """
    primed, shown = frozenset(primed), frozenset(shown)
    kept = [r for r in rows if r.rater_kind is RaterKind.HUMAN or not shown or r.rater in shown]
    people = {
        r.annotation_id: r.annotation_id in primed for r in kept if r.rater_kind is RaterKind.HUMAN
    }
    pictures = sorted({row.sample_id for row in kept})
    groups = []
    judgements = []
    for seen in (True, False):
        group = [r for r in kept if people.get(r.annotation_id, seen) is seen]
        columns, count = _columns(group, superseded, pictures)
        groups.append(columns)
        judgements.append(count)
    if 0 in judgements:
        return None
    sums = resample(np.concatenate(groups, axis=1), resamples, derive_seed("anchoring", seed))
    shares, alphas = zip(*(_coefficients(half) for half in np.hsplit(sums, 2)), strict=True)
    return Anchoring(
        int(np.count_nonzero(np.concatenate(groups, axis=1).any(axis=1))),
        judgements[0],
        judgements[1],
        estimate(shares[0]),
        estimate(shares[1]),
        estimate(shares[0] - shares[1]),
        estimate(alphas[0]),
        estimate(alphas[1]),
        estimate(alphas[0] - alphas[1]),
    )


def _columns(
    rows: Sequence[Annotation], superseded: Collection[str], pictures: Sequence[str]
) -> tuple[Floats, int]:
    """For each question: share of pairs that differ, people's votes, alpha's sums; people's votes.

    The first two weigh each person's vote alike, alpha's as alpha does.
    """
    votes = collect(rows, superseded)
    place = np.searchsorted(pictures, votes.samples) if votes.samples else np.empty(0, np.int64)
    people = votes.of_kind(RaterKind.HUMAN)
    columns = np.zeros((len(pictures), 5 * len(QUESTIONS)))
    count = 0
    for position, question in enumerate(QUESTIONS):
        human, machine = votes.counts(question, people), votes.counts(question, ~people)
        beside = machine.sum(axis=1)
        judged = human.sum(axis=1) * (beside > 0)
        differing = (human * machine[:, ::-1]).sum(axis=1) / np.maximum(beside, 1)
        disagreement, values = cross_disagreement(human, machine, NOMINAL)
        columns[place, 5 * position : 5 * position + 5] = np.column_stack(
            (differing, judged, disagreement, values)
        )
        count += int(judged.sum())
    return columns, count


def _coefficients(sums: Floats) -> tuple[Floats, Floats]:
    parts = sums.reshape(len(sums), len(QUESTIONS), 5)
    share = coefficient(parts[..., 0].sum(axis=1), parts[..., 1].sum(axis=1))
    expected = alpha_expected(parts[..., 3:], NOMINAL).sum(axis=1)
    return share, coefficient(parts[..., 2].sum(axis=1), expected)
