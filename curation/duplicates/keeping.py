"""Near-duplicates: pictures whose fingerprints lie within a few bits, of which one may stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_BLOCK = 1 << 18  # comparisons at a time: 2 MiB of differences, which stay in the cache


@dataclass(frozen=True, slots=True)
class Dropped:
    """A picture that may not enter, the one that stays in its place, and their distance in bits."""

    dropped_id: str
    kept_id: str
    distance: int


def near_duplicate_pairs(
    fingerprints: npt.NDArray[np.uint64], radius: int
) -> Iterator[tuple[int, int, int]]:
    """All pairs (i, j, distance), i < j, of fingerprints at most `radius` bits apart, in order.

    Exact, by comparing every pair: n²/2 comparisons in memory that does not grow with their
    number. Seconds for tens of thousands of pictures.
    """
    values = np.ascontiguousarray(fingerprints, dtype=np.uint64)
    rows = max(1, _BLOCK // max(1, values.size))
    for top in range(0, values.size, rows):
        block = values[top : top + rows, None]
        distances = np.bitwise_count(block ^ values[None, top:])
        first, second = np.nonzero(distances <= radius)
        later = second > first
        for i, j in zip(first[later].tolist(), second[later].tolist(), strict=True):
            yield top + i, top + j, int(distances[i, j])


def keep_one(
    ids: Sequence[str],
    fingerprints: npt.NDArray[np.uint64],
    radius: int,
    lineages: Sequence[str],
) -> tuple[Dropped, ...]:
    """Which pictures to drop so that no two of different lineages are near-duplicates.

    `ids`, `fingerprints` and `lineages` belong together by position. Pictures of one lineage (a
    source, its forgeries, their twins) resemble one another by intent and are never duplicates.
    Of a pair the picture that comes first in `ids` stays, so the caller's order is the rule; the
    earliest that it resembles is named as kept. A dropped picture drops no other.
    """
    if not len(ids) == len(fingerprints) == len(lineages):
        raise ValueError(
            f"{len(ids)} ids, {len(fingerprints)} fingerprints and {len(lineages)} lineages: "
            "give one of each for every picture"
        )
    dropped: dict[int, Dropped] = {}
    for i, j, distance in near_duplicate_pairs(fingerprints, radius):
        # Pairs come by rising i: whether i itself stays is settled before it can drop another.
        if i not in dropped and j not in dropped and lineages[i] != lineages[j]:
            dropped[j] = Dropped(ids[j], ids[i], distance)
    return tuple(dropped[j] for j in sorted(dropped))
