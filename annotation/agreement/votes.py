"""Rows of annotation as arrays: who answered which question about which picture, and how."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.annotation import Annotation
from schemas.attributes import ATTRIBUTES_BY_ID, WHOLE
from schemas.vocabulary import Mode, RaterKind, Verdict

QUESTIONS: tuple[str, ...] = (WHOLE, *ATTRIBUTES_BY_ID)
"""What raters are asked of a picture: whether it is forged, and each attribute."""
SETS = 2 ** len(ATTRIBUTES_BY_ID)

_POSITION = {question: position for position, question in enumerate(QUESTIONS)}
_BITS = {Verdict.UNSURE: 0, Verdict.PRESENT: 1, Verdict.ABSENT: 2}
_PRESENT, _ABSENT = 1, 2


@dataclass(frozen=True, slots=True, order=True)
class Rater:
    """Who votes."""

    kind: RaterKind
    name: str


@dataclass(frozen=True, slots=True)
class Ballot:
    """The votes on one question, sorted by picture and rater.

    Three arrays of one length: positions in `Votes.samples` and `Votes.raters`, and whether the
    vote is `present` (otherwise it is `absent`).
    """

    sample: npt.NDArray[np.int32]
    rater: npt.NDArray[np.int32]
    present: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Votes:
    """The votes of all raters. One rater has one vote on one question about one picture.

    `sets`: for raters who answered all five attributes, which of them they called present, as
    bits in the order of the taxonomy; -1 for others, and where every answer was unsure; int8
    (samples, raters). `unsure`: by rater, the share of its answers that are no vote.
    """

    samples: tuple[str, ...]
    raters: tuple[Rater, ...]
    ballots: Mapping[str, Ballot]
    sets: npt.NDArray[np.int8]
    unsure: Mapping[Rater, float]

    def of_kind(self, kind: RaterKind) -> npt.NDArray[np.bool_]:
        """Which raters are of this kind; bool (raters,)."""
        return np.array([rater.kind is kind for rater in self.raters], dtype=np.bool_)

    def counts(self, question: str, among: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        """How many of these raters say absent, and present; (samples, 2)."""
        ballot = self.ballots[question]
        chosen = among[ballot.rater]
        cells = ballot.sample[chosen].astype(np.int64) * 2 + ballot.present[chosen]
        size = 2 * len(self.samples)
        return np.bincount(cells, minlength=size).reshape(-1, 2).astype(np.float64)

    def set_counts(self, among: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        """How many of these raters call each set of attributes present; (samples, 32)."""
        sets = self.sets[:, among]
        sample, column = np.nonzero(sets >= 0)
        cells = sample * SETS + sets[sample, column]
        size = SETS * len(self.samples)
        return np.bincount(cells, minlength=size).reshape(-1, SETS).astype(np.float64)


def counted(row: Annotation, superseded: Collection[str]) -> bool:
    """Whether a row is heard at all: it is not superseded, and its rater was not told the answer.

    Who was told that a picture is forged has no judgement of its own about the whole of it.
    """
    told = row.attribute == WHOLE and row.mode is not Mode.BLIND
    return not told and row.annotation_id not in superseded


def collect(rows: Iterable[Annotation], superseded: Collection[str] = ()) -> Votes:
    """The votes in `rows`, whatever their order; those that are not `counted` are left out.

    `unsure` is no vote. A rater who says both of the same question (in several rows of which none
    is superseded) has none either. Raises `ValueError` for an unknown attribute.
    """
    superseded = frozenset(superseded)
    seen: dict[tuple[RaterKind, str], int] = {}
    answers: dict[str, dict[int, int]] = {}
    for row in rows:
        if row.attribute not in _POSITION:
            raise ValueError(f"no such attribute: {row.attribute!r}; known: {list(QUESTIONS)}")
        if not counted(row, superseded):
            continue
        number = seen.setdefault((row.rater_kind, row.rater), len(seen))
        key = number * len(QUESTIONS) + _POSITION[row.attribute]
        mine = answers.setdefault(row.sample_id, {})
        mine[key] = mine.get(key, 0) | _BITS[row.verdict]
    samples, raters = tuple(sorted(answers)), tuple(sorted(Rater(*one) for one in seen))
    place = np.empty(len(raters), dtype=np.int32)
    for position, one in enumerate(raters):
        place[seen[one.kind, one.name]] = position
    sizes = [len(answers[sample]) for sample in samples]
    sample = np.repeat(np.arange(len(samples), dtype=np.int32), sizes)
    keys = np.array([k for s in samples for k in answers[s]], dtype=np.int64)
    bits = np.array([b for s in samples for b in answers[s].values()], dtype=np.int8)
    rater = place[keys // len(QUESTIONS)]
    question = keys % len(QUESTIONS)
    return Votes(
        samples,
        raters,
        {q: _ballot(sample, rater, bits, question == p) for q, p in _POSITION.items()},
        _sets(sample, rater, question, bits, (len(samples), len(raters))),
        _unsure(rater, bits, raters),
    )


def _ballot(
    sample: npt.NDArray[np.int32],
    rater: npt.NDArray[np.int32],
    bits: npt.NDArray[np.int8],
    asked: npt.NDArray[np.bool_],
) -> Ballot:
    voted = asked & ((bits == _PRESENT) | (bits == _ABSENT))
    sample, rater, present = sample[voted], rater[voted], bits[voted] == _PRESENT
    order = np.lexsort((rater, sample))
    return Ballot(sample[order], rater[order], present[order])


def _sets(
    sample: npt.NDArray[np.int32],
    rater: npt.NDArray[np.int32],
    question: npt.NDArray[np.int64],
    bits: npt.NDArray[np.int8],
    shape: tuple[int, int],
) -> npt.NDArray[np.int8]:
    answered, voted, found = (np.zeros(shape, dtype=np.int8) for _ in range(3))
    for position in range(1, len(QUESTIONS)):
        asked = question == position
        cell = (sample[asked], rater[asked])
        present = bits[asked] == _PRESENT
        answered[cell] += 1
        voted[cell] |= present | (bits[asked] == _ABSENT)
        found[cell] |= present.astype(np.int8) << (position - 1)
    whole = (answered == len(ATTRIBUTES_BY_ID)) & (voted > 0)
    return np.where(whole, found, np.int8(-1))


def _unsure(
    rater: npt.NDArray[np.int32], bits: npt.NDArray[np.int8], raters: tuple[Rater, ...]
) -> dict[Rater, float]:
    answers = np.bincount(rater, minlength=len(raters))
    votes = np.bincount(rater[(bits == _PRESENT) | (bits == _ABSENT)], minlength=len(raters))
    return {one: 1 - int(votes[p]) / int(answers[p]) for p, one in enumerate(raters)}
