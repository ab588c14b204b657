"""Keeps groups small: content is exchanged within circles of a few groups, not across a split.

A splice joins the group of its target with that of its donor, since both show in it. Where every
picture may give to every other, some tens of splices join most of a split into one group; what is
resampled by group, such as the interval of a figure, then rests on very few.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from generators.planning.candidate import Candidate
from schemas.identity import unit_interval


class Circles:
    """Circles of `size` groups of one split and domain, drawn by a hash; None: no bounds at all."""

    def __init__(self, candidates: Sequence[Candidate], size: int | None, seed: int) -> None:
        self._number: dict[tuple[str, str, str], int] = {}
        if size is None:
            return
        kept: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for one in candidates:
            kept[one.split, one.source.domain].add(one.group)
        for place, groups in kept.items():
            order = sorted(groups, key=lambda group: (unit_interval(seed, "circle", group), group))
            # What is left over joins the last circle: a group alone would find no donor.
            last = max(1, len(order) // size) - 1
            for rank, group in enumerate(order):
                self._number[*place, group] = min(rank // size, last)

    def joined(self, one: Candidate, other: Candidate) -> bool:
        """Whether content may go from one to the other, both of one split."""
        if not self._number:
            return True
        return one.source.domain == other.source.domain and self._at(one) == self._at(other)

    def _at(self, one: Candidate) -> int:
        return self._number[one.split, one.source.domain, one.group]
