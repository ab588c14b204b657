"""Which pictures of a set stand in benchmarks too, told by fingerprints alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curation.contamination.hash_lists import HashList, Prints
from curation.crops.pairs import crop_pairs
from curation.crops.tiles import Tiles
from curation.duplicates.pairs import cross_pairs
from schemas.errors import StorageError

# The distance, the turn and the benchmark's picture in one number, so that the least of them is
# the nearest, the least turned and the first.
_TURN = np.int64(40)
_DISTANCE = np.int64(44)
_NONE = np.iinfo(np.int64).max

SCHEMA = pa.schema(
    {
        "benchmark": pa.string(),
        "key": pa.string(),
        "benchmark_key": pa.string(),
        "relation": pa.string(),
        "distance": pa.uint8(),
        "shared": pa.float32(),
    }
)
"""A row of the report. `relation`: near, turned (or mirrored) or crop; `distance`: bits, null for a
crop; `shared`: for a crop, the share of the smaller one that the other shows, else null."""


@dataclass(frozen=True, slots=True)
class BenchmarkOverlap:
    """What a set shares with one benchmark.

    The arrays belong together by position: `own`, int64, each of our pictures that stands in the
    benchmark, rising; `other`, int64, the nearest of the benchmark's; `distance`, uint8, the bits
    between; `turn`, uint8, which of the orientations lies so near (0: as it stands); `shared`,
    float32, where a crop was found instead, the share of the smaller one that the other shows, else
    NaN. `benchmark_pictures` of the benchmark's `size` pictures were met.
    """

    benchmark: str
    size: int
    own: npt.NDArray[np.int64]
    other: npt.NDArray[np.int64]
    distance: npt.NDArray[np.uint8]
    turn: npt.NDArray[np.uint8]
    shared: npt.NDArray[np.float32]
    benchmark_pictures: int

    @property
    def pictures(self) -> int:
        """How many of our pictures stand in the benchmark."""
        return len(self.own)

    def relation(self, place: int) -> str:
        """How the picture at a place of the arrays resembles the benchmark's."""
        if not np.isnan(self.shared[place]):
            return "crop"
        return "turned" if self.turn[place] else "near"


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a set of `size` pictures shares with each of several benchmarks, within `radius`."""

    size: int
    radius: int
    benchmarks: tuple[BenchmarkOverlap, ...]

    @property
    def pictures(self) -> int:
        """How many of our pictures stand in any of the benchmarks."""
        found = [one.own for one in self.benchmarks]
        return int(np.unique(np.concatenate(found)).size) if found else 0


def overlap(own: HashList, lists: Sequence[HashList], radius: int, crops: bool = False) -> Overlap:
    """For each benchmark, which of our pictures lie within `radius` bits of one of its pictures.

    Exact. Where either side brings orientations, turned and mirrored copies are found too. With
    `crops`, also pictures of which one shows a part of the other (`curation.crops`), where both
    sides bring tiles; `StorageError` where they do not. Memory grows with the lists, not with the
    number of pairs.
    """
    return Overlap(len(own), radius, tuple(_overlap(own, one, radius, crops) for one in lists))


def overlap_table(own: HashList, lists: Sequence[HashList], found: Overlap) -> pa.Table:
    """A row (`SCHEMA`) for each of our pictures in each benchmark, with the nearest of its own."""
    tables = [SCHEMA.empty_table()]
    for one, theirs in zip(found.benchmarks, lists, strict=True):
        relations = [one.relation(place) for place in range(one.pictures)]
        crop = ~np.isnan(one.shared)
        columns = {
            "benchmark": pa.array([one.benchmark] * one.pictures, pa.string()),
            "key": own.keys.take(pa.array(one.own)).cast(pa.string()),
            "benchmark_key": theirs.keys.take(pa.array(one.other)).cast(pa.string()),
            "relation": pa.array(relations, pa.string()),
            "distance": pa.array(one.distance, mask=crop),
            "shared": pa.array(one.shared, mask=~crop),
        }
        tables.append(pa.table(columns, schema=SCHEMA))
    return pa.concat_tables(tables)


def _overlap(own: HashList, theirs: HashList, radius: int, crops: bool) -> BenchmarkOverlap:
    best = np.full(len(own), _NONE, np.int64)
    hit = np.zeros(len(theirs), np.bool_)
    for turn, left, right in _turned(own, theirs):
        for pairs in cross_pairs(left, right, radius):
            code = pairs.distance.astype(np.int64) << _DISTANCE
            code |= np.int64(turn) << _TURN
            code |= pairs.second
            np.minimum.at(best, pairs.first, code)
            hit[pairs.second] = True
    shared = np.full(len(own), np.nan, np.float32)
    if crops:
        for i, j, covered in _crops(own, theirs):
            hit[j] = True
            if best[i] == _NONE or shared[i] < covered:
                best[i], shared[i] = j, covered
    found = np.flatnonzero(best != _NONE)
    code = best[found]
    return BenchmarkOverlap(
        theirs.name,
        len(theirs),
        found,
        code & ((np.int64(1) << _TURN) - 1),
        (code >> _DISTANCE).astype(np.uint8),
        ((code >> _TURN) & 0xF).astype(np.uint8),
        shared[found],
        int(hit.sum()),
    )


def _turned(own: HashList, theirs: HashList) -> list[tuple[int, Prints, Prints]]:
    """What is compared: (orientation, ours, theirs). One side's orientations say it all."""
    if own.orientations is not None:
        ours = np.ascontiguousarray(own.orientations.T)
        return [(turn, left, theirs.fingerprints) for turn, left in enumerate(ours)]
    if theirs.orientations is not None:
        others = np.ascontiguousarray(theirs.orientations.T)
        return [(turn, own.fingerprints, right) for turn, right in enumerate(others)]
    return [(0, own.fingerprints, theirs.fingerprints)]


def _crops(own: HashList, theirs: HashList) -> list[tuple[int, int, float]]:
    """Ours, the benchmark's, and the share of the smaller that the other shows."""
    for one, whose in ((own, "the set"), (theirs, theirs.name)):
        if one.tiles is None:
            raise StorageError(
                f"the hashes of {whose} have no tiles to find crops by: make them with "
                "`counterfoil fingerprint --crops`"
            )
    assert own.tiles is not None
    assert theirs.tiles is not None
    tiles = [Tiles.unpack(data) for part in (own.tiles, theirs.tiles) for data in part.to_pylist()]
    # Of one tag are all pictures of one side: they are not compared with one another.
    tags = np.repeat([0, 1], [len(own), len(theirs)])
    return [(pair.first, pair.second - len(own), pair.covered) for pair in crop_pairs(tiles, tags)]
