"""Fingerprints sets of pictures in worker processes, piece by piece, and keeps finished pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from upath import UPath

from flows.duplicates.prints import SCHEMA, VERSION, Wanted, print_piece
from flows.workers import side_by_side
from schemas.errors import StorageError
from schemas.identity import digest
from storage.files import explained, writing
from storage.picture_sets.contract import PictureSet

PARTS = ".prints"
"""The folder that finished pieces lie in. Hidden, so that no set takes it for pictures."""
_KEY = b"counterfoil.key"


@dataclass(frozen=True, slots=True)
class Gathered:
    """The fingerprints of all pictures (`flows.duplicates.prints.SCHEMA`), in order.

    Its column `place` is the number of the (set, piece) in `places` that the picture lies in.
    """

    table: pa.Table
    places: tuple[tuple[int, str], ...]


def gather(
    sets: Sequence[PictureSet],
    wanted: Wanted,
    cache: UPath | None = None,
    workers: int | None = None,
    started: Callable[[int], None] = lambda pieces: None,
    advance: Callable[[int], None] = lambda pictures: None,
) -> Gathered:
    """The fingerprints of all pictures of `sets`.

    With `cache`, pieces that an earlier run finished are read from there, and done again only
    where their pictures have changed. `workers` processes work side by side, one a core by
    default. `started` is told the number of pieces, `advance` of each finished one's pictures.
    Raises `StorageError` where a worker is killed.
    """
    places = tuple((number, piece) for number, one in enumerate(sets) for piece in one.pieces())
    started(len(places))
    found: dict[int, pa.Table] = {}
    calls = [(sets[number], piece, wanted, cache) for number, piece in places]
    for place, table in side_by_side(_finished, calls, workers):
        found[place] = table.append_column("place", pa.array([place] * table.num_rows, pa.int32()))
        advance(table.num_rows)
    empty = SCHEMA.append(pa.field("place", pa.int32())).empty_table()
    tables = [empty, *(found.pop(place) for place in range(len(places)))]
    return Gathered(pa.concat_tables(tables).combine_chunks(), places)


def parts_folder(cache: UPath, pictures: PictureSet) -> UPath:
    """Where the finished pieces of a set lie."""
    return cache / PARTS / digest(pictures.name)[:12]


def _finished(pictures: PictureSet, piece: str, wanted: Wanted, cache: UPath | None) -> pa.Table:
    """The fingerprints of one piece: from the cache, or computed and put there."""
    if cache is None:
        return print_piece(pictures, piece, wanted)
    key = digest(VERSION, wanted.spelled(), pictures.stamp(piece)).encode()
    path = parts_folder(cache, pictures) / f"{digest(piece)[:20]}.parquet"
    known = _read(path, key)
    if known is not None:
        return known
    table = print_piece(pictures, piece, wanted)
    with writing(path) as file:
        pq.write_table(table.replace_schema_metadata({_KEY: key}), file, compression="zstd")
    return table


def _read(path: UPath, key: bytes) -> pa.Table | None:
    """A finished piece, where there is a whole one with this key."""
    try:
        with explained(f"reading {path}"):
            if not path.exists():
                return None
            with path.open("rb") as file:
                table = pq.read_table(file, use_threads=False)
    except (pa.ArrowException, StorageError):
        return None
    if (table.schema.metadata or {}).get(_KEY) != key:
        return None
    return table.replace_schema_metadata(None).cast(SCHEMA)
