"""Which pictures people are asked about: where machines disagree, and otherwise evenly.

People are the dearest raters. A share of their time goes where raters contradict one another or
are unsure, the rest evenly over what there is, so that every generator's figures rest on people.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from schemas.annotation import Annotation
from schemas.identity import unit_interval
from schemas.recipe.raters import Review
from schemas.vocabulary import Verdict

_WEIGHT_OF_PRESENT = {Verdict.PRESENT: 1.0, Verdict.ABSENT: 0.0, Verdict.UNSURE: 0.5}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture that people could be asked about; a real one has no generator and no operation."""

    sample_id: str
    generator: str | None
    operation: str | None
    rows: tuple[Annotation, ...] = ()

    @property
    def real(self) -> bool:
        """Whether it is authentic."""
        return self.operation is None and self.generator is None


def disagreement(rows: Iterable[Annotation]) -> float:
    """How far raters are from one opinion: the mean entropy of an attribute's verdicts, in bits.

    0: all are sure and of one opinion; 1: half say present and half absent, or all are unsure. An
    unsure row counts half for either. 0 where there are no rows.
    """
    said: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        said[row.attribute].append(_WEIGHT_OF_PRESENT[row.verdict])
    entropies = [_entropy(sum(weights) / len(weights)) for weights in said.values()]
    return math.fsum(entropies) / len(entropies) if entropies else 0.0


def choose(
    candidates: Sequence[Candidate], review: Review, already: Collection[str] = ()
) -> tuple[str, ...]:
    """The ids of the pictures to ask about, `review.tasks` of them or all.

    `already`: ids that people were given before; they stay chosen and count, whatever the rows say
    now, so that a second choice only ever adds. Of the others, `review.disagreement` of the places
    go to those with the highest `disagreement` above 0, the rest half to real pictures and half
    evenly to each pair of generator and operation; what one cannot fill falls to the others. Ties
    and order within a class are decided by a hash of the id, never by the order of `candidates`.
    """
    known = {one.sample_id: one for one in candidates}
    if len(known) < len(candidates):
        raise ValueError("two candidates have one sample id; join rows by sample before choosing")
    chosen = [sample_id for sample_id in sorted(set(already)) if sample_id in known]
    wanted = len(known) if review.tasks is None else review.tasks
    open_ = _shuffled(one for one in candidates if one.sample_id not in set(chosen))
    places = min(wanted - len(chosen), len(open_))
    if places <= 0:
        return tuple(chosen)
    ranked = sorted(
        ((disagreement(one.rows), index) for index, one in enumerate(open_)),
        key=lambda pair: (-pair[0], pair[1]),
    )
    disputed = [open_[index] for value, index in ranked if value > 0]
    first = disputed[: round(review.disagreement * places)]
    taken = {one.sample_id for one in first}
    rest = [one for one in open_ if one.sample_id not in taken]
    even = _evenly(rest, places - len(first))
    return (*chosen, *(one.sample_id for one in (*first, *even)))


def _evenly(candidates: Sequence[Candidate], places: int) -> list[Candidate]:
    """Half real pictures, half forgeries in turn from each generator and operation."""
    reals = [one for one in candidates if one.real]
    classes: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for one in candidates:
        if not one.real:
            classes[one.generator or "", one.operation or ""].append(one)
    forged = _in_turn([classes[name] for name in sorted(classes)])
    for_reals = max(places // 2, places - len(forged))
    taken = reals[:for_reals]
    return taken + forged[: places - len(taken)]


def _in_turn(queues: list[list[Candidate]]) -> list[Candidate]:
    """One of each queue, then another of each, until all are empty."""
    longest = max(map(len, queues), default=0)
    return [queue[turn] for turn in range(longest) for queue in queues if turn < len(queue)]


def _shuffled(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(
        candidates, key=lambda one: (unit_interval("review", one.sample_id), one.sample_id)
    )


def _entropy(share: float) -> float:
    return -math.fsum(p * math.log2(p) for p in (share, 1 - share) if p > 0)
