"""Decides over fingerprints who is whose duplicate, and who stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curation.crops.pairs import crop_pairs
from curation.crops.tiles import Tiles
from curation.duplicates import keeping
from curation.duplicates.engines import Pairs
from curation.duplicates.keeping import preference
from curation.embeddings.neighbours import near_vectors
from flows.duplicates.lists import orientations_of
from flows.duplicates.verdicts import RELATIONS, Numbers, Verdicts

_SAME, _NEAR, _TURNED, _CROP, _EMBEDDING = range(len(RELATIONS))


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs that something other than the fingerprint found: places, `RELATIONS`, how alike."""

    first: Numbers
    second: Numbers
    relation: npt.NDArray[np.int8]
    likeness: npt.NDArray[np.float32]


def tags_of(prints: pa.Table, numbers: Numbers, across: bool) -> Numbers:
    """int64 (n,): pictures of equal tags are never duplicates of one another.

    With `across` those of one set (`numbers`, by picture); else those of one lineage.
    """
    if across:
        return numbers
    lineage = prints["lineage"].combine_chunks().dictionary_encode()
    tags: Numbers = lineage.indices.fill_null(-1).to_numpy().astype(np.int64)
    alone = tags < 0
    tags[alone] = len(lineage.dictionary) + np.arange(int(alone.sum()))
    return tags


def in_order(prints: pa.Table, numbers: Numbers, across: bool) -> Numbers:
    """The places in the order in which pictures are preferred, int64 (n,).

    With `across`, those of the earlier set first; else, and among them, as `preference` says.
    """
    order = preference(
        prints["key"].combine_chunks(),
        prints["width"].to_numpy().astype(np.int64) * prints["height"].to_numpy(),
        prints["lossless"].fill_null(False).to_numpy(),
        prints["quality"].fill_null(0).to_numpy().astype(np.int64),
    )
    return order[np.argsort(numbers[order], kind="stable")] if across else order


def crop_links(prints: pa.Table, tags: Numbers) -> Links:
    """Pairs of which one shows a part of the other, from the tiles of `prints`."""
    tiles = [Tiles.unpack(data) for data in prints["tiles"].to_pylist()]
    found = [(one.first, one.second, one.covered) for one in crop_pairs(tiles, tags)]
    columns = np.array(found, np.float64).reshape(-1, 3)
    return _links(columns[:, 0], columns[:, 1], _CROP, columns[:, 2])


def embedding_links(vectors: npt.NDArray[np.float16], similarity: float) -> Links:
    """Pairs of which the cosine similarity is at least `similarity`."""
    found = list(near_vectors(vectors, similarity))
    empty = [np.zeros(0)]
    return _links(
        np.concatenate(empty + [one.first for one in found]),
        np.concatenate(empty + [one.second for one in found]),
        _EMBEDDING,
        np.concatenate(empty + [one.cosine for one in found]),
    )


def decide(
    prints: pa.Table, tags: Numbers, order: Numbers, radius: int, links: Sequence[Links] = ()
) -> Verdicts:
    """The verdict on every picture of `prints`, all of which have fingerprints.

    Linked are pictures within `radius` bits of one another, as they stand or, where `prints` has
    orientations, turned and mirrored; and those that `links` name. In `order` each picture stays
    that none before it drops, and drops all that it is linked with and that do not have its tag.
    """
    place_of = np.empty_like(order)
    place_of[order] = np.arange(len(order))
    hashes = prints["fingerprint"].to_numpy()
    turned = orientations_of(prints)
    variants = np.zeros((len(hashes), 0), np.uint64) if turned is None else turned[:, 1:]
    decided = keeping.decide(
        hashes[order],
        radius,
        tags[order],
        orientations=None if turned is None else turned[order],
        links=_pairs(links, place_of, radius),
    )
    found = np.full(len(order), -1)
    gone = decided.kept_for >= 0
    found[order[gone]] = order[decided.kept_for[gone]]
    label = np.empty_like(decided.labels)
    label[order] = decided.labels
    dropped = np.flatnonzero(found >= 0)
    relation = np.full(len(order), -1, np.int8)
    distance = np.full(len(order), np.nan, np.float32)
    relation[dropped], distance[dropped] = _relations(
        prints, hashes, variants, dropped, found[dropped], radius, links
    )
    return Verdicts(_numbered(label, order), found, relation, distance)


def _links(
    first: npt.NDArray[np.float64],
    second: npt.NDArray[np.float64],
    relation: int,
    likeness: npt.NDArray[np.float64],
) -> Links:
    return Links(
        first.astype(np.int64),
        second.astype(np.int64),
        np.full(len(first), relation, np.int8),
        likeness.astype(np.float32),
    )


def _pairs(links: Sequence[Links], place_of: Numbers, radius: int) -> Pairs:
    """All links, between places in the order of preference."""
    none = np.zeros(0, np.int64)
    first = np.concatenate([none, *(place_of[some.first] for some in links)])
    second = np.concatenate([none, *(place_of[some.second] for some in links)])
    # Further than any fingerprint that counts.
    return Pairs(first, second, np.full(len(first), radius + 1, np.uint16))


def _relations(
    prints: pa.Table,
    hashes: npt.NDArray[np.uint64],
    variants: npt.NDArray[np.uint64],
    dropped: Numbers,
    kept: Numbers,
    radius: int,
    links: Sequence[Links],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """How each of `dropped` resembles its place of `kept`: a place in `RELATIONS`, and how near."""
    digests = prints["digest"].combine_chunks().dictionary_encode().indices.to_numpy()
    bits = np.bitwise_count(hashes[dropped] ^ hashes[kept]).astype(np.float32)
    turned = np.full(len(dropped), np.inf, np.float32)
    for one, other in ((dropped, kept), (kept, dropped)):
        if variants.shape[1]:
            apart = np.bitwise_count(variants[one] ^ hashes[other, None]).min(axis=1)
            turned = np.minimum(turned, apart)
    relation = np.full(len(dropped), -1, np.int8)
    value = np.full(len(dropped), np.nan, np.float32)
    for some in links:
        known = {
            (min(pair), max(pair)): likeness
            for *pair, likeness in zip(
                some.first.tolist(), some.second.tolist(), some.likeness.tolist(), strict=True
            )
        }
        for place, pair in enumerate(zip(dropped.tolist(), kept.tolist(), strict=True)):
            likeness = known.get((min(pair), max(pair)))
            if relation[place] < 0 and likeness is not None:
                relation[place], value[place] = some.relation[0], likeness
    # The plainest relation counts.
    for kind, found, near in (
        (_TURNED, turned, turned <= radius),
        (_NEAR, bits, bits <= radius),
        (_SAME, bits, digests[dropped] == digests[kept]),
    ):
        relation[near], value[near] = kind, found[near]
    return relation, value


def _numbered(labels: Numbers, order: Numbers) -> Numbers:
    """Numbers of clusters, the largest first, then by the most preferred; -1 for those alone."""
    values, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    # Labels are the smallest place in the order of preference.
    ranked = np.lexsort((values, -counts))
    number = np.empty(len(values), np.int64)
    number[ranked] = np.arange(len(values))
    number[counts == 1] = -1
    return number[inverse]
