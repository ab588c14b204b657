"""What the raters together say of each picture, and by which rows.

Three rules, in this order:

1. Where a majority of the people who judged say one thing, that is the verdict, whatever machines
   say. One person is a majority; a person who judges as adjudicator is one of the people.
2. Where nobody judged, or people are evenly divided, all votes decide: each weighed by how reliable
   its rater proved to be (`annotation.reliability`), or one rater, one vote. So machines overrule
   nobody; they break ties among people.
3. Where these are even too, or nobody votes, the verdict is `unsure`.

`unsure` is no vote, and neither are superseded rows, nor what raters who were told the answer say
of the picture as a whole. Rows are only read: what they disagree about stays in them and is named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from annotation.agreement.votes import QUESTIONS, collect, counted
from annotation.reliability import Reliability, Weighed, shares, weigh
from schemas.annotation import Annotation
from schemas.attributes import ATTRIBUTES_BY_ID, WHOLE
from schemas.record import AttributeConsensus
from schemas.vocabulary import RaterKind, Verdict

Method = Literal["reliability", "majority"]
Basis = Literal["people", "divided", "machines", "nobody"]

EVEN = 0.05
"""Posteriors within this of one half are even: error rates are estimates themselves."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the raters together say to one question about one picture.

    `posterior`: how probable `present` is by all votes as they are weighed, people's decisive ones
    among them (their share, where raters are not weighed); None without votes.
    `agreement`: the share of the judging rows with this verdict, None without any. `basis`: who
    decided: people, machines and people where these were divided, machines alone, or nobody.
    `rows`: ids of all judging rows, sorted; `dissenting`: those of them that say otherwise.
    """

    attribute: str
    verdict: Verdict
    posterior: float | None
    agreement: float | None
    basis: Basis
    rows: tuple[str, ...]
    dissenting: tuple[str, ...]

    def published(self) -> AttributeConsensus:
        """As the column `attributes` of a published set has it."""
        return AttributeConsensus(
            self.attribute, self.verdict, self.agreement, self.rows, self.posterior, self.basis
        )


@dataclass(frozen=True, slots=True)
class SampleConsensus:
    """The decisions about one picture; `attributes` in the taxonomy's order."""

    sample_id: str
    whole: Decision
    attributes: tuple[Decision, ...]

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """All of them, the whole first."""
        return (self.whole, *self.attributes)

    def published(self) -> tuple[AttributeConsensus, ...]:
        """As the column `attributes` of a published set has it."""
        return tuple(decision.published() for decision in self.attributes)


@dataclass(frozen=True, slots=True)
class Consensus:
    """The consensus of a set. `samples`: by id, sorted.

    `raters`: how reliable each rater proved by question, where raters were weighed. `methods`: by
    question, how it was decided: `majority` also where reliability could not be told.
    """

    samples: Mapping[str, SampleConsensus]
    raters: tuple[Reliability, ...]
    methods: Mapping[str, Method]


@dataclass(slots=True)
class _Poll:
    """The judging rows of one question about one picture, as they come."""

    said: dict[str, Verdict]
    votes: dict[tuple[RaterKind, str], Verdict | None]

    def add(self, row: Annotation) -> None:
        self.said[row.annotation_id] = row.verdict
        rater = (row.rater_kind, row.rater)
        known = self.votes.setdefault(rater, row.verdict)
        if known is not row.verdict:
            self.votes[rater] = None  # Who says both has no vote.

    def lead(self, people: bool) -> int:
        """By how many votes `present` leads, among people or among all."""
        return sum(
            1 if said is Verdict.PRESENT else -1
            for (kind, _), said in self.votes.items()
            if said is not None and (kind is RaterKind.HUMAN or not people)
        )


_Polls = defaultdict[str, dict[str, _Poll]]
# How probable `present` is, and whether that comes from weighing raters.
_Belief = tuple[float | None, bool]


def agree(
    rows: Iterable[Annotation],
    method: Method = "reliability",
    superseded: Collection[str] = (),
) -> Consensus:
    """The consensus about every sample that `rows` are about, whatever the order of rows.

    `superseded`: ids of rows that a later row of the same rater replaces. A rater who says both of
    one question has no vote on it. Raises `ValueError` for unknown attributes, `MissingExtraError`
    where raters can be weighed and crowd-kit is not installed.
    """
    superseded = frozenset(superseded)
    polls: _Polls = defaultdict(dict)

    def noted() -> Iterator[Annotation]:
        for row in rows:
            _note(row, superseded, polls)
            yield row

    votes = collect(noted(), superseded)
    weighed = {
        question: weigh(votes, question) if method == "reliability" else shares(votes, question)
        for question in QUESTIONS
    }
    return Consensus(
        {
            sample: _decide(sample, polls[sample], {q: _belief(w, n) for q, w in weighed.items()})
            for n, sample in enumerate(votes.samples)
        },
        tuple(rater for question in QUESTIONS for rater in weighed[question].raters),
        {q: "majority" if w.prevalence is None else "reliability" for q, w in weighed.items()},
    )


def undecided(sample_id: str) -> SampleConsensus:
    """What is to be said of a picture that nobody judged: `unsure`, to every question."""
    return _decide(sample_id, {}, {})


def _note(row: Annotation, superseded: frozenset[str], polls: _Polls) -> None:
    """Enter a row into the poll that it belongs to, if it judges."""
    if row.verdict is not Verdict.UNSURE and counted(row, superseded):
        poll = polls[row.sample_id].get(row.attribute)
        if poll is None:
            poll = polls[row.sample_id][row.attribute] = _Poll({}, {})
        poll.add(row)


def _belief(weighed: Weighed, position: int) -> _Belief:
    value = float(weighed.posterior[position])
    return None if np.isnan(value) else round(value, 6), weighed.prevalence is not None


def _decide(
    sample: str, polls: Mapping[str, _Poll], beliefs: Mapping[str, _Belief]
) -> SampleConsensus:
    unknown: _Belief = (None, False)
    decisions = {q: _decision(q, polls.get(q), *beliefs.get(q, unknown)) for q in QUESTIONS}
    return SampleConsensus(
        sample, decisions[WHOLE], tuple(decisions[attribute] for attribute in ATTRIBUTES_BY_ID)
    )


def _decision(
    question: str, poll: _Poll | None, posterior: float | None, weighed: bool
) -> Decision:
    if poll is None:
        return Decision(question, Verdict.UNSURE, None, None, "nobody", (), ())
    people = any(kind is RaterKind.HUMAN for kind, _ in poll.votes)
    lead: float = poll.lead(people=True)
    basis: Basis = "people" if lead else "divided" if people else "machines"
    if not lead:
        lead = poll.lead(people=False)
        if weighed and posterior is not None:
            lead = 0 if abs(posterior - 0.5) <= EVEN else posterior - 0.5
    verdict = Verdict.PRESENT if lead > 0 else Verdict.ABSENT if lead < 0 else Verdict.UNSURE
    rows = tuple(sorted(poll.said))
    dissenting = tuple(row for row in rows if poll.said[row] is not verdict)
    share = 1 - len(dissenting) / len(rows)
    return Decision(question, verdict, posterior, share, basis, rows, dissenting)
