"""What became of every picture: its cluster, whether it stays, and for whom it goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RELATIONS = ("same", "near", "turned", "crop", "embedding")
"""How a dropped picture resembles the one that stays: the same bytes; a fingerprint within the
radius, as it stands or turned or mirrored; one shows a part of the other; near in an embedding."""

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """By position, for n pictures.

    `cluster`, int64: the number of its cluster, largest first, -1 for a picture that resembles no
    other. `kept_for`, int64: for a dropped picture the one that stays in its place, -1 for one
    that stays. `relation`, int8: a place in `RELATIONS`, -1 for one that stays. `distance`,
    float32: bits for `near` and `turned`, 0 for `same`, cosine similarity for `embedding`, the
    share that both show for `crop`; NaN for one that stays.
    """

    cluster: Numbers
    kept_for: Numbers
    relation: npt.NDArray[np.int8]
    distance: npt.NDArray[np.float32]

    @property
    def dropped(self) -> Numbers:
        """The places of the dropped."""
        return np.flatnonzero(self.kept_for >= 0)

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max(initial=-1)) + 1

    def by_relation(self) -> dict[str, int]:
        """How many were dropped for each relation that occurs."""
        counts = np.bincount(self.relation[self.relation >= 0], minlength=len(RELATIONS))
        return {name: int(n) for name, n in zip(RELATIONS, counts, strict=True) if n}

    def members(self) -> Iterator[Numbers]:
        """The places of every cluster's pictures: those that stay, then those dropped for each."""
        found = np.flatnonzero(self.cluster >= 0)
        stays = np.where(self.kept_for[found] < 0, found, self.kept_for[found])
        nearness = np.where(self.kept_for[found] < 0, -1.0, self.distance[found])
        order = np.lexsort((found, nearness, self.relation[found], stays, self.cluster[found]))
        found = found[order]
        yield from (
            np.split(found, np.flatnonzero(np.diff(self.cluster[found])) + 1) if len(found) else ()
        )
