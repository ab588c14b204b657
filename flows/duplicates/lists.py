"""Hash lists out of fingerprints, and benchmarks out of whatever people name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from upath import UPath

from curation.contamination.hash_lists import HashList, is_hash_list, read_hash_list
from flows.duplicates.gathering import Gathered, gather
from flows.duplicates.prints import Wanted
from flows.run import software
from flows.watching import Watch
from storage.files import explained, location
from storage.picture_sets.contract import PictureSet
from storage.picture_sets.opening import open_set


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark's hashes and, where its pictures are at hand, how to come by them.

    `pictures` and `gathered` are None for a hash list; `gathered` then has a row for each hash.
    """

    hashes: HashList
    pictures: PictureSet | None = None
    gathered: Gathered | None = None


def hash_list(name: str, prints: pa.Table) -> HashList:
    """The hash list of fingerprints (`flows.duplicates.prints.SCHEMA`), without the unreadable."""
    there = prints.filter(pc.is_valid(prints["fingerprint"]))
    sizes = [there[side].to_numpy() for side in ("width", "height")]
    tiles = there["tiles"].combine_chunks()
    return HashList(
        name,
        there["key"].combine_chunks(),
        there["fingerprint"].to_numpy(),
        orientations_of(there),
        np.stack(sizes, axis=1).astype(np.int32),
        None if tiles.null_count else tiles,
        prints.num_rows - there.num_rows,
        made_by=f"counterfoil {software()['counterfoil']}",
    )


def orientations_of(prints: pa.Table) -> npt.NDArray[np.uint64] | None:
    """The eight orientations of every row, uint64 (n, 8); None where they were not computed."""
    column = prints["orientations"].combine_chunks()
    if column.null_count:
        return None
    found: npt.NDArray[np.uint64] = column.flatten().to_numpy().reshape(-1, 8)
    return found


def open_benchmark(
    path: str, wanted: Wanted, cache: UPath | None, workers: int | None
) -> Benchmark:
    """A hash list as it stands; the pictures of anything else are fingerprinted."""
    place = location(os.path.expanduser(path))
    with explained(f"opening {path}"):
        is_list = place.is_file() and is_hash_list(place)
    if is_list:
        return Benchmark(read_hash_list(place))
    pictures = open_set(path)
    with Watch(f"Fingerprinting {path}") as watch:
        gathered = gather((pictures,), wanted, cache, workers, watch.start, watch.advance)
    hashes = hash_list(PurePosixPath(path.rstrip("/")).name or path, gathered.table)
    there = gathered.table.filter(pc.is_valid(gathered.table["fingerprint"]))
    return Benchmark(hashes, pictures, Gathered(there, gathered.places))


def names_apart(benchmarks: Sequence[Benchmark]) -> list[HashList]:
    """The hash lists, those of equal names told apart by a number."""
    seen: dict[str, int] = {}
    found = []
    for one in benchmarks:
        count = seen[one.hashes.name] = seen.get(one.hashes.name, 0) + 1
        name = one.hashes.name if count == 1 else f"{one.hashes.name} ({count})"
        found.append(replace(one.hashes, name=name))
    return found
