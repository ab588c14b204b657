"""Which pictures of a set are looked at where not all are: evenly drawn, the same every time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from schemas.identity import unit_interval


def drawn_evenly(
    keys: Sequence[str],
    fake: Sequence[bool],
    kinds: Sequence[str | None],
    limit: int | None,
    seed: int = 0,
) -> list[int]:
    """The places of `limit` pictures in ascending order; of all where there are no more.

    As many real as fake pictures as there are, and within each label as many of every kind (an
    operation, or a domain). Within a kind pictures are drawn by their key alone, so that a larger
    limit looks at those of a smaller one too, and the order of the set does not matter.
    """
    if limit is None or limit >= len(keys):
        return list(range(len(keys)))
    order = sorted(
        range(len(keys)), key=lambda place: (unit_interval(seed, keys[place]), keys[place])
    )
    within: dict[tuple[bool, str], int] = defaultdict(int)
    turns = []
    for place in order:
        stratum = bool(fake[place]), kinds[place] or ""
        turns.append((within[stratum], stratum[1], stratum[0], place))
        within[stratum] += 1
    of_label: dict[bool, int] = defaultdict(int)
    ranked = []
    for _, _, label, place in sorted(turns):
        ranked.append((of_label[label], label, place))
        of_label[label] += 1
    return sorted(place for _, _, place in sorted(ranked)[:limit])
