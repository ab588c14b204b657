"""The gate: which pictures may not enter a set because a benchmark holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from curation.contamination.hash_lists import HashList, Prints
from curation.contamination.overlap import overlap

REASON = "in_benchmark"
"""The reason that a rejected picture is counted under."""


@dataclass(frozen=True, slots=True)
class Contaminated:
    """A picture that stands in a benchmark: where, how near, and a sentence that says so."""

    picture_id: str
    benchmark: str
    benchmark_key: str
    distance: int
    turned: bool

    @property
    def detail(self) -> str:
        """Why it was rejected, in a few words."""
        turned = ", turned or mirrored" if self.turned else ""
        bits = f"{self.distance} bit{'' if self.distance == 1 else 's'}"
        return f"{bits} from {self.benchmark_key} of {self.benchmark}{turned}"


def contaminated(
    ids: Sequence[str],
    fingerprints: Prints,
    lists: Sequence[HashList],
    radius: int,
    orientations: Prints | None = None,
) -> tuple[Contaminated, ...]:
    """The pictures within `radius` bits of a picture of any of the `lists`, in order of `ids`.

    `fingerprints` is uint64 (n,), `orientations` uint64 (n, 8), by position. Of several benchmarks
    the one with the nearest picture is named, of equally near ones the first. Call it for real
    sources before anything is forged from them, and for forgeries and imported pictures before
    they enter: a picture made from a benchmark's picture carries it.
    """
    own = HashList("", pa.array(list(ids), pa.string()), fingerprints, orientations)
    nearest: dict[int, Contaminated] = {}
    for one, theirs in zip(overlap(own, lists, radius).benchmarks, lists, strict=True):
        for i, j, distance, turn in zip(
            one.own.tolist(),
            one.other.tolist(),
            one.distance.tolist(),
            one.turn.tolist(),
            strict=True,
        ):
            if i not in nearest or distance < nearest[i].distance:
                nearest[i] = Contaminated(
                    ids[i], one.benchmark, theirs.key(j), distance, bool(turn)
                )
    return tuple(nearest[i] for i in sorted(nearest))
