"""Hash lists in place of pictures: what was fingerprinted elsewhere, by the million."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from curation.contamination.hash_lists import HashList, is_hash_list, read_hash_list
from flows.duplicates.gathering import Gathered
from flows.duplicates.prints import SCHEMA, Wanted
from schemas.errors import CounterfoilError
from storage.files import location
from storage.picture_sets.contract import StoredPicture


def gathered_lists(lists: Sequence[HashList], wanted: Wanted) -> Gathered:
    """The rows of hash lists as if their pictures had been fingerprinted now.

    Raises `CounterfoilError` where a list lacks what is wanted.
    """
    tables = [_table(one, wanted, place) for place, one in enumerate(lists)]
    places = tuple((number, one.name) for number, one in enumerate(lists))
    return Gathered(pa.concat_tables(tables).combine_chunks(), places)


def _table(one: HashList, wanted: Wanted, place: int) -> pa.Table:
    for asked, there, option in (
        (wanted.orientations, one.orientations, "--orientations"),
        (wanted.crops, one.tiles, "--crops"),
    ):
        if asked and there is None:
            raise CounterfoilError(
                f"the hash list {one.name} was made without {option}: make it anew with it, or "
                "look for duplicates without"
            )
    count = len(one)
    columns: dict[str, pa.Array] = {
        "key": one.keys.cast(pa.string()),
        "fingerprint": pa.array(one.fingerprints, pa.uint64()),
        # Every picture has bytes of its own as far as a list can tell.
        "digest": one.keys.cast(pa.string()),
        "bytes": pa.array(np.zeros(count, np.int64)),
    }
    sizes = np.zeros((count, 2), np.int32) if one.sizes is None else one.sizes
    columns["width"], columns["height"] = pa.array(sizes[:, 0]), pa.array(sizes[:, 1])
    if wanted.orientations and one.orientations is not None:
        flat = pa.array(np.ascontiguousarray(one.orientations).reshape(-1), pa.uint64())
        columns["orientations"] = pa.FixedSizeListArray.from_arrays(flat, 8)
    if wanted.crops and one.tiles is not None:
        columns["tiles"] = one.tiles.cast(pa.binary())
    arrays = [
        columns.get(field.name, pa.nulls(count, field.type)).cast(field.type) for field in SCHEMA
    ]
    table = pa.Table.from_arrays(arrays, schema=SCHEMA)
    return table.append_column("place", pa.array(np.full(count, place, np.int32)))


@dataclass(frozen=True, slots=True)
class ListedSet:
    """A hash list in the place of a set: it has a name, and no pictures to look at."""

    name: str

    def pieces(self) -> Sequence[str]:
        """None: nothing can be read."""
        return ()

    def stamp(self, piece: str) -> str:
        """Nothing can be read, so nothing changes."""
        return ""

    def read(self, piece: str, columns: Sequence[str] | None = None) -> Iterator[StoredPicture]:
        """No pictures."""
        return iter(())


def open_lists(paths: Sequence[str]) -> tuple[HashList, ...]:
    """The hash lists at `paths`; none where they are sets of pictures.

    Raises `CounterfoilError` where some are the one and some the other.
    """
    places = [location(os.path.expanduser(path)) for path in paths]
    are = [place.is_file() and is_hash_list(place) for place in places]
    if any(are) and not all(are):
        raise CounterfoilError(
            "compare hash lists with hash lists, or pictures with pictures: `counterfoil "
            "fingerprint` makes a list of pictures, `contamination` holds pictures against lists"
        )
    return tuple(map(read_hash_list, places)) if any(are) else ()
