"""Which sources may enter: not what was taken down, nor a test set's, nor a picture twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from curation.contamination.gate import REASON as IN_BENCHMARK
from curation.contamination.gate import contaminated
from curation.contamination.hash_lists import HashList, read_hash_list
from curation.crops.pairs import crop_pairs
from curation.crops.tiles import Tiles
from curation.duplicates.engines import Pairs
from curation.duplicates.keeping import keep_one, preference
from curation.embeddings.neighbours import near_vectors
from curation.licences import refusal
from curation.takedown.listing import read_tombstones
from curation.takedown.matching import TAKEN_DOWN, taken_down
from schemas.errors import DatasetError
from schemas.picture import Source
from schemas.recipe import Recipe
from schemas.recipe.curate import Benchmark, Duplicates
from storage.files import hash_file, location

NEAR_DUPLICATE = "near_duplicate"
LICENCE = "licence_not_wanted"
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Read:
    """A source that was read: what is known of it, where it lies, what it looks like."""

    source: Source
    entry: int
    part: int
    fingerprint: int
    orientations: tuple[int, ...]
    tiles: bytes | None = None
    embedding: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a picture may not enter, and the one that stays in its place, where there is one."""

    reason: str
    detail: str
    kept_for: str | None = None


@dataclass(frozen=True, slots=True)
class Screened:
    """`refused`: by id. `alike`: ids of near-duplicates (the one that stays, the other).

    `met`: how many pictures stand in each benchmark, by its name.
    """

    refused: Mapping[str, Refusal]
    alike: tuple[tuple[str, str], ...]
    met: Mapping[str, int] = field(default_factory=dict)


def screen_sources(recipe: Recipe, read: Sequence[Read]) -> Screened:
    """Look through sources with different ids, in this order: tombstones, licences, benchmarks,
    near-duplicates. What fell earlier drops no other.

    Of near-duplicates the one of more pixels stays, then the one that came without loss, then the
    one of higher quality, then the smaller id.
    """
    refused: dict[str, Refusal] = {}
    refused |= _taken_down(recipe, read)
    refused |= _unwanted(recipe, [one for one in read if one.source.source_id not in refused])
    left = [one for one in read if one.source.source_id not in refused]
    met, standing = screen_benchmarks(
        recipe,
        [one.source.source_id for one in left],
        np.array([one.fingerprint for one in left], np.uint64),
        np.array([one.orientations for one in left], np.uint64).reshape(-1, 8),
    )
    refused |= standing
    left = _by_preference([one for one in left if one.source.source_id not in refused])
    drops = dict(_duplicates(recipe.curation.duplicates, left))
    alike = tuple((drop.kept_for, name) for name, drop in drops.items() if drop.kept_for)
    return Screened(refused | drops, alike, met)


def screen_benchmarks(
    recipe: Recipe,
    ids: Sequence[str],
    fingerprints: npt.NDArray[np.uint64],
    orientations: npt.NDArray[np.uint64] | None = None,
) -> tuple[dict[str, int], dict[str, Refusal]]:
    """How many pictures stand in each benchmark of the recipe, and which may not enter for that.

    Raises `DatasetError`, naming them, where a benchmark's action is to refuse.
    """
    met: dict[str, int] = {}
    refused: dict[str, Refusal] = {}
    for benchmark in recipe.curation.contamination:
        theirs = _hash_list(benchmark)
        found = contaminated(ids, fingerprints, [theirs], benchmark.radius, orientations)
        met[benchmark.name] = len(found)
        if found and benchmark.action == "refuse":
            some = "; ".join(f"{one.picture_id}: {one.detail}" for one in found[:_NAMED])
            raise DatasetError(
                f"{len(found)} pictures stand in {benchmark.name}, which the recipe refuses: "
                f"{some}. Take them out of the sources, or set the benchmark's action to drop."
            )
        if benchmark.action == "drop":
            for one in found:
                refused.setdefault(one.picture_id, Refusal(IN_BENCHMARK, one.detail))
    return met, refused


def screening_inputs(recipe: Recipe) -> list[str]:
    """Hashes of the files outside the run that screening reads."""
    places = [benchmark.path for benchmark in recipe.curation.contamination]
    if recipe.curation.tombstones:
        places.append(recipe.curation.tombstones)
    return [hash_file(location(place)) for place in places]


def buried(recipe: Recipe, rows: Sequence[Mapping[str, Any]], key: str) -> dict[str, Refusal]:
    """Which rows a tombstone of the recipe takes down; see `takedown.matching.taken_down`."""
    if not recipe.curation.tombstones:
        return {}
    tombstones = read_tombstones(recipe.curation.tombstones)
    found = taken_down(rows, tombstones, key)
    return {name: Refusal(TAKEN_DOWN, detail) for name, detail in found.items()}


def _taken_down(recipe: Recipe, read: Sequence[Read]) -> dict[str, Refusal]:
    rows = [
        {
            "source_id": one.source.source_id,
            "origin": one.source.origin,
            "attribution": one.source.attribution,
            "fingerprint": f"{one.fingerprint:016x}",
        }
        for one in read
    ]
    return buried(recipe, rows, "source_id")


def _unwanted(recipe: Recipe, read: Sequence[Read]) -> dict[str, Refusal]:
    wanted = recipe.publish.licences
    return {
        one.source.source_id: Refusal(LICENCE, why)
        for one in (read if wanted else ())
        if (why := refusal(one.source.licence, wanted, changed=False))
    }


def _hash_list(benchmark: Benchmark) -> HashList:
    found = read_hash_list(location(benchmark.path))
    return HashList(benchmark.name, found.keys, found.fingerprints, found.orientations)


def _by_preference(read: Sequence[Read]) -> list[Read]:
    order = preference(
        [one.source.source_id for one in read],
        np.array([one.source.width * one.source.height for one in read], np.int64),
        np.array([one.source.history.lossless for one in read], np.bool_),
        np.array([one.source.history.quality or 0 for one in read], np.int64),
    )
    return [read[place] for place in order.tolist()]


def _duplicates(wanted: Duplicates, read: Sequence[Read]) -> Iterator[tuple[str, Refusal]]:
    """Each near-duplicate with its refusal; the first of two in `read` stays."""
    ids = [one.source.source_id for one in read]
    prints = np.array([one.fingerprint for one in read], np.uint64)
    turned = np.array([one.orientations for one in read], np.uint64).reshape(-1, 8)
    links = sorted((*_crops(wanted, read), *_embedded(wanted, read)))
    first = np.array([pair[0] for pair in links], np.int64)
    second = np.array([pair[1] for pair in links], np.int64)
    # Further than any fingerprint that counts, so that a nearer one is named with its bits.
    beyond = np.full(len(links), wanted.radius + 1, np.uint16)
    # Each source is a lineage of its own here, so that no pair is exempt.
    drops = keep_one(
        ids,
        prints,
        wanted.radius,
        ids,
        orientations=turned if wanted.orientations else None,
        links=Pairs(first, second, beyond) if links else None,
    )
    said = {(ids[i], ids[j]): why for i, j, why in links}
    for drop in drops:
        pair = (drop.kept_id, drop.dropped_id)
        why = f"{drop.distance} bits from" if drop.distance <= wanted.radius else said[pair]
        detail = f"{why} {drop.kept_id}, which stays"
        yield drop.dropped_id, Refusal(NEAR_DUPLICATE, detail, drop.kept_id)


def _crops(wanted: Duplicates, read: Sequence[Read]) -> Iterator[tuple[int, int, str]]:
    """Pairs of places of which one shows a part of the other, but for crops of one file."""
    if not wanted.crops:
        return
    tags = np.unique([one.source.origin for one in read], return_inverse=True)[1]
    tiles = [Tiles.unpack(one.tiles or b"") for one in read]
    for pair in crop_pairs(tiles, tags):
        yield pair.first, pair.second, f"{pair.covered:.0%} of the smaller is shown by"


def _embedded(wanted: Duplicates, read: Sequence[Read]) -> Iterator[tuple[int, int, str]]:
    if wanted.embeddings is None or not read:
        return
    vectors = np.array([one.embedding for one in read], np.float16)
    for links in near_vectors(vectors, wanted.embeddings.similarity):
        for i, j, cosine in zip(
            links.first.tolist(), links.second.tolist(), links.cosine.tolist(), strict=True
        ):
            yield i, j, f"a cosine of {cosine:.3f} from"
