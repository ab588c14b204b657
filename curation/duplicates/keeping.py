"""Near-duplicates: pictures whose fingerprints lie within a few bits, of which one may stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curation.duplicates.bands import Words
from curation.duplicates.components import Places
from curation.duplicates.covering import Resemblance, cover
from curation.duplicates.engines import Pairs, sorted_pairs
from curation.duplicates.pairs import packed


@dataclass(frozen=True, slots=True)
class Dropped:
    """A picture that may not enter, the one that stays in its place, and their distance in bits."""

    dropped_id: str
    kept_id: str
    distance: int


@dataclass(frozen=True, slots=True)
class Decision:
    """By position, for n pictures, all int64 (n,).

    `labels`: the first picture of the component that a chain of near-duplicates joins. `kept_for`:
    the one that stays in its place, -1 for a picture that stays. `distances`: how far that one is.
    """

    labels: Places
    kept_for: Places
    distances: Places


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
    if not len(ids) == len(fingerprints) == len(lineages):
        raise ValueError(
            f"{len(ids)} ids, {len(fingerprints)} fingerprints and {len(lineages)} lineages: "
            "give one of each for every picture"
        )
    numbers: dict[str, int] = {}
    tags = np.array([numbers.setdefault(one, len(numbers)) for one in lineages], np.int64)
    found = decide(
        fingerprints, radius, tags, orientations=orientations, links=links, threads=threads
    )
    gone = np.flatnonzero(found.kept_for >= 0)
    facts = zip(
        gone.tolist(), found.kept_for[gone].tolist(), found.distances[gone].tolist(), strict=True
    )
    return tuple(Dropped(ids[one], ids[kept], apart) for one, kept, apart in facts)


def decide(
    fingerprints: npt.NDArray[np.uint64],
    radius: int,
    tags: Places,
    *,
    orientations: npt.NDArray[np.uint64] | None = None,
    links: Pairs | None = None,
    threads: int | None = None,
) -> Decision:
    """Who stays for whom among pictures in the order of preference; see `keep_one`.

    `tags`, int64 (n,), are equal for pictures that are never duplicates of one another.
    """
    hashes = packed(np.asarray(fingerprints, np.uint64))
    variants, both = _variants(orientations, hashes), _both_ways(links, len(hashes))
    resemblance = Resemblance(hashes, radius, tags, variants, both, threads)
    labels = resemblance.components()
    return Decision(labels, *cover(resemblance, labels))


def preference(
    ids: Sequence[str] | pa.Array,
    pixels: npt.NDArray[np.int64],
    lossless: npt.NDArray[np.bool_],
    quality: npt.NDArray[np.int64],
) -> Places:
    """Places of pictures, int64 (n,), the best first, which of near-duplicates stays.

    The one of more pixels; of equally many one stored without loss; then the one stored at the
    higher quality, on the encoder's scale, 0 where it is unknown; then the one of the smaller id.
    """
    names = pc.rank(pa.array(ids, pa.string()), tiebreaker="min").to_numpy()
    return np.asarray(np.lexsort((names, -quality, ~lossless, -pixels)), np.int64)


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
