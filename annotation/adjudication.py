"""The queue of pictures that people should decide, most urgent first, each with its reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from annotation.consensus import Decision, SampleConsensus
from schemas.identity import unit_interval
from schemas.vocabulary import Verdict

CERTAIN = 0.9
"""A verdict that machines reach with less probability than this is open to question."""
UNITED = 2 / 3
"""So is one that fewer of the judging rows share, however probable the weighing makes it."""


class Reason(StrEnum):
    """Why people should decide, most urgent first."""

    DIVIDED = "people_divided"
    """People judged, and are evenly divided."""
    CONTRADICTED = "people_contradicted"
    """A majority of people decided, and the votes of all together say the opposite."""
    UNDECIDED = "machines_undecided"
    """Nobody judged, and machines are even."""
    UNCERTAIN = "low_posterior"
    """Nobody judged, and machines make the verdict less than `CERTAIN`."""
    DISPUTED = "machines_disagree"
    """Nobody judged, and the verdict is that of fewer than `UNITED` of the rows."""


_RANK = {reason: rank for rank, reason in enumerate(Reason)}


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question about a picture that is open, and why. `doubt`: 0..1, larger is more open."""

    attribute: str
    reason: Reason
    doubt: float


@dataclass(frozen=True, slots=True)
class Case:
    """A picture for people to decide; its open questions, most urgent first, give the reasons."""

    sample_id: str
    questions: tuple[OpenQuestion, ...]

    @property
    def reason(self) -> Reason:
        """The most urgent of the reasons."""
        return self.questions[0].reason


def adjudication_queue(
    samples: Iterable[SampleConsensus],
    most: int | None = None,
    groups: Mapping[str, str] | None = None,
    most_of_group: int | None = None,
    reasons: Collection[Reason] = tuple(Reason),
) -> tuple[Case, ...]:
    """The pictures with open questions, most urgent first, whatever the order of `samples`.

    By the most urgent reason, then by doubt, then by how many questions are open. `most`: cases at
    most. `groups`: the group of a sample, such as its generator; with `most_of_group`, no group has
    more cases than that, so that one hard generator does not take up everybody's time. Samples
    without a group are not limited. `reasons`: those to look for.
    """
    groups = groups or {}
    cases = [case for case in (_case(sample, reasons) for sample in samples) if case is not None]
    cases.sort(key=_urgency)
    taken: Counter[str] = Counter()
    queue: list[Case] = []
    for case in cases:
        if most is not None and len(queue) >= most:
            break
        group = groups.get(case.sample_id)
        if group is not None and most_of_group is not None:
            if taken[group] >= most_of_group:
                continue
            taken[group] += 1
        queue.append(case)
    return tuple(queue)


def _case(sample: SampleConsensus, reasons: Collection[Reason]) -> Case | None:
    found = [question for question in map(_open, sample.decisions) if question is not None]
    found = [question for question in found if question.reason in reasons]
    found.sort(key=lambda question: (_RANK[question.reason], -question.doubt))
    return Case(sample.sample_id, tuple(found)) if found else None


def _open(decision: Decision) -> OpenQuestion | None:
    """Why a decision is open to question, None where it is not."""
    if decision.agreement is None:
        return None
    # All who judged may have contradicted themselves: then there are rows and no votes.
    posterior = 0.5 if decision.posterior is None else decision.posterior
    probable = 1 - posterior if decision.verdict is Verdict.ABSENT else posterior
    evenness = 1 - 2 * abs(posterior - 0.5)
    reason: Reason | None = None
    doubt = 1 - probable
    if decision.basis == "divided":
        reason, doubt = Reason.DIVIDED, evenness
    elif decision.basis == "people":
        reason = Reason.CONTRADICTED if probable < 0.5 else None
    elif decision.verdict is Verdict.UNSURE:
        reason, doubt = Reason.UNDECIDED, evenness
    elif probable < CERTAIN:
        reason = Reason.UNCERTAIN
    elif decision.agreement < UNITED:
        reason, doubt = Reason.DISPUTED, 1 - decision.agreement
    return None if reason is None else OpenQuestion(decision.attribute, reason, round(doubt, 6))


def _urgency(case: Case) -> tuple[int, float, int, float, str]:
    first = case.questions[0]
    # The hash keeps equal cases from standing in the order of their ids, and so of their sources.
    shuffled = unit_interval("adjudication", case.sample_id)
    return _RANK[first.reason], -first.doubt, -len(case.questions), shuffled, case.sample_id
