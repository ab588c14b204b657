"""Near-duplicates: pictures whose fingerprints lie within a few bits, of which one may stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curation.duplicates.bands import Words
from curation.duplicates.components import Places
from curation.duplicates.covering import Resemblance, by_label, cover
from curation.duplicates.engines import Pairs, sorted_pairs
from curation.duplicates.pairs import packed


@dataclass(frozen=True, slots=True)
class Dropped:
    """A picture that may not enter, the one that stays in its place, and their distance in bits."""

    dropped_id: str
    kept_id: str
    distance: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """Pictures that a chain of near-duplicates joins: all of them, those that stay, the others.

    `members` and `kept` are ids in the order of preference. More than one may stay: of a chain
    a - b - c in which a and c do not resemble one another, both; and those of one lineage.
    """

    members: tuple[str, ...]
    kept: tuple[str, ...]
    dropped: tuple[Dropped, ...]


def keep_one(
    ids: Sequence[str],
    fingerprints: npt.NDArray[np.uint64],
    radius: int,
    lineages: Sequence[str],
    *,
    orientations: npt.NDArray[np.uint64] | None = None,
    links: Pairs | None = None,
    threads: int | None = None,
) -> tuple[Dropped, ...]:
    """Which pictures to drop so that no two of different lineages are near-duplicates.

    `ids`, `fingerprints`, uint64 (n,) or (n, words), and `lineages` belong together by position.
    Pictures of one lineage (a source, its forgeries, their twins) resemble one another by intent
    and are never duplicates. Of a pair the picture that comes first in `ids` stays, so the caller's
    order is the rule (`preference` makes a good one); the earliest that it resembles is named as
    kept. A dropped picture drops no other.

    `orientations`, uint64 (n, 8) or (n, 8, words), are the fingerprints of each picture turned and
    mirrored, the first as it is: two are near-duplicates too where one of one is near the other as
    it is. `links` are pairs of positions that something else found alike: crops, embeddings.
    """
    outcome = _decide(ids, fingerprints, radius, lineages, orientations, links, threads)
    return outcome.dropped(np.arange(len(ids)))


def find_clusters(
    ids: Sequence[str],
    fingerprints: npt.NDArray[np.uint64],
    radius: int,
    lineages: Sequence[str],
    *,
    orientations: npt.NDArray[np.uint64] | None = None,
    links: Pairs | None = None,
    threads: int | None = None,
) -> tuple[Cluster, ...]:
    """The clusters of near-duplicates, by first member, and what `keep_one` drops of them."""
    outcome = _decide(ids, fingerprints, radius, lineages, orientations, links, threads)
    return tuple(outcome.cluster(members) for members in by_label(outcome.labels))


def preference(
    picture_id: str, *, pixels: int, lossless: bool, quality: float | None = None
) -> tuple[int, bool, float, str]:
    """What to sort pictures by so that of near-duplicates the best one comes first, and stays.

    The one of more pixels; of equally many one stored without loss; then the one stored at the
    higher quality, on the encoder's scale, where None comes last; then the one of the smaller id.
    """
    return -pixels, not lossless, -(quality if quality is not None else -1.0), picture_id


@dataclass(frozen=True, slots=True)
class _Outcome:
    ids: Sequence[str]
    labels: Places
    kept_for: Places
    distances: Places

    def dropped(self, members: Places) -> tuple[Dropped, ...]:
        gone = members[self.kept_for[members] >= 0]
        facts = zip(
            gone.tolist(), self.kept_for[gone].tolist(), self.distances[gone].tolist(), strict=True
        )
        return tuple(Dropped(self.ids[one], self.ids[kept], apart) for one, kept, apart in facts)

    def cluster(self, members: Places) -> Cluster:
        staying = members[self.kept_for[members] < 0]
        return Cluster(
            tuple(self.ids[member] for member in members.tolist()),
            tuple(self.ids[member] for member in staying.tolist()),
            self.dropped(members),
        )


def _decide(
    ids: Sequence[str],
    fingerprints: npt.NDArray[np.uint64],
    radius: int,
    lineages: Sequence[str],
    orientations: npt.NDArray[np.uint64] | None,
    links: Pairs | None,
    threads: int | None,
) -> _Outcome:
    if not len(ids) == len(fingerprints) == len(lineages):
        raise ValueError(
            f"{len(ids)} ids, {len(fingerprints)} fingerprints and {len(lineages)} lineages: "
            "give one of each for every picture"
        )
    hashes = packed(np.asarray(fingerprints, np.uint64))
    numbers: dict[str, int] = {}
    tags = np.array([numbers.setdefault(one, len(numbers)) for one in lineages], np.int64)
    resemblance = Resemblance(
        hashes, radius, tags, _variants(orientations, hashes), _both_ways(links, len(ids)), threads
    )
    labels = resemblance.components()
    return _Outcome(ids, labels, *cover(resemblance, labels))


def _variants(orientations: npt.NDArray[np.uint64] | None, hashes: Words) -> npt.NDArray[np.uint64]:
    """The orientations but the first, uint64 (n, k, words)."""
    if orientations is None:
        return np.zeros((len(hashes), 0, hashes.shape[1]), np.uint64)
    shaped = orientations.reshape(len(hashes), orientations.shape[1], hashes.shape[1])
    if not np.array_equal(shaped[:, 0], hashes):
        raise ValueError("the first of the orientations must be the picture's own fingerprint")
    return shaped[:, 1:]


def _both_ways(links: Pairs | None, size: int) -> Pairs:
    """Links in both directions, sorted."""
    if links is None:
        return sorted_pairs(*(np.zeros(0, np.int64) for _ in range(3)))
    first = np.concatenate([links.first, links.second])
    second = np.concatenate([links.second, links.first])
    if first.size and not 0 <= first.min() <= first.max() < size:
        raise ValueError(f"links name positions below 0 or above {size - 1}, the last picture's")
    return sorted_pairs(first, second, np.tile(links.distance, 2))
