"""Whether answers name the attributes that the annotations do: precision, recall and F1 of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from detector.metrics.answers import findings, read
from schemas.attributes import ATTRIBUTES
from schemas.vocabulary import Verdict


@dataclass(frozen=True, slots=True)
class AttributeScore:
    """One attribute over all pictures that are judged on it.

    `present`: pictures that have it; `named`: answers that name it; `both`: those in common.
    `precision` is None where no answer names it, `recall` where no picture has it, and `f1` where
    neither does.
    """

    attribute: str
    judged: int
    present: int
    named: int
    both: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class AttributeReport:
    """Each attribute in the order given; `micro` over all judgements together.

    `macro_f1`: the mean over the attributes that have an F1, None where none has.
    """

    attributes: tuple[AttributeScore, ...]
    micro: AttributeScore
    macro_f1: float | None


def attribute_scores(
    truth: Sequence[Mapping[str, bool | None]],
    named: Sequence[Collection[str] | None],
    attributes: Sequence[str],
) -> AttributeReport:
    """The scores of what each answer names against what each picture has.

    `truth`: for each picture, whether it has an attribute; those that are None or missing are not
    judged, and whether the answer names them does not count. `named`: for each picture what the
    answer names, None where it could not be read: it then names nothing, so that all that the
    picture has is missed. Raises `ValueError` where the lengths differ.
    """
    counts = dict.fromkeys(attributes, (0, 0, 0, 0))
    for has, says in zip(truth, named, strict=True):
        for attribute in attributes:
            present = has.get(attribute)
            if present is None:
                continue
            said = says is not None and attribute in says
            step = (1, present, said, present and said)
            counts[attribute] = _added(counts[attribute], step)
    scores = tuple(_score(attribute, *counts[attribute]) for attribute in attributes)
    total = (0, 0, 0, 0)
    for one in counts.values():
        total = _added(total, one)
    known = [score.f1 for score in scores if score.f1 is not None]
    return AttributeReport(
        scores, _score("all", *total), sum(known) / len(known) if known else None
    )


def poles_of(fake: bool, verdicts: Mapping[str, str]) -> dict[str, bool | None]:
    """The truth about one picture as `attribute_scores` takes it, by the names of the poles.

    `verdicts`: the consensus on each attribute's forged pole by the attribute's id, as a shard's
    column `attributes` has it. A fake should be described by the forged poles that are present, a
    real picture by the authentic poles of what is absent; of the opposite pole it is wrong to speak
    where this one holds, and otherwise true but not asked for, so not judged. Nor is an attribute
    judged on which there is neither of these two verdicts.
    """
    truth: dict[str, bool | None] = {}
    for one in ATTRIBUTES:
        own, other = (one.forged, one.authentic) if fake else (one.authentic, one.forged)
        verdict = verdicts.get(one.id)
        if verdict in (Verdict.PRESENT, Verdict.ABSENT):
            truth[own] = verdict == (Verdict.PRESENT if fake else Verdict.ABSENT)
            truth[other] = False if truth[own] else None
    return truth


def named_by(answer: str) -> frozenset[str] | None:
    """The poles that an answer in MMFR's tags names; None where it has no reasoning to read."""
    said = read(answer).reasoning
    return None if said is None else frozenset(findings(said))


_Counts = tuple[int, int, int, int]


def _added(one: _Counts, other: _Counts) -> _Counts:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3]


def _score(attribute: str, judged: int, present: int, named: int, both: int) -> AttributeScore:
    return AttributeScore(
        attribute,
        judged,
        present,
        named,
        both,
        precision=both / named if named else None,
        recall=both / present if present else None,
        f1=2 * both / (present + named) if present + named else None,
    )
