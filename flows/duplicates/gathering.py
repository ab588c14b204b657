"""Fingerprints sets of pictures in worker processes, piece by piece, and keeps finished pieces."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from upath import UPath

from flows.duplicates.prints import SCHEMA, VERSION, Wanted, print_piece
from schemas.errors import StorageError
from schemas.identity import digest
from storage.files import explained, writing
from storage.picture_sets.contract import PictureSet

PARTS = ".prints"
"""The folder that finished pieces lie in. Hidden, so that no set takes it for pictures."""
_KEY = b"counterfoil.key"
_WORTH_A_POOL = 2.0  # seconds


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
    for place, table in _tables(sets, places, wanted, cache, workers):
        found[place] = table.append_column("place", pa.array([place] * table.num_rows, pa.int32()))
        advance(table.num_rows)
    empty = SCHEMA.append(pa.field("place", pa.int32())).empty_table()
    tables = [empty, *(found.pop(place) for place in range(len(places)))]
    return Gathered(pa.concat_tables(tables).combine_chunks(), places)


def _tables(
    sets: Sequence[PictureSet],
    places: Sequence[tuple[int, str]],
    wanted: Wanted,
    cache: UPath | None,
    workers: int | None,
) -> Iterator[tuple[int, pa.Table]]:
    """The table of every place, as they are done."""
    count = workers or _cores()
    began = time.monotonic()
    waiting = list(enumerate(places))[::-1]
    # Starting processes takes seconds, in which small sets are done.
    while waiting and (count == 1 or time.monotonic() - began < _WORTH_A_POOL):
        place, (number, piece) = waiting.pop()
        yield place, _finished(sets[number], piece, wanted, cache)
    if not waiting:
        return
    # Spawned: a forked copy of a process with threads may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        min(count, len(waiting)), mp_context=context, initializer=_settle
    ) as pool:
        coming: dict[Future[pa.Table], int] = {
            pool.submit(_finished, sets[number], piece, wanted, cache): place
            for place, (number, piece) in waiting[::-1]
        }
        try:
            for future in as_completed(coming):
                yield coming.pop(future), future.result()
        except BrokenProcessPool as error:
            raise StorageError(
                "a worker process was killed, most likely because memory ran out; run the same "
                "command again with fewer --workers: what is done is not done again"
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


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


def _settle() -> None:
    """A worker is one of several: it starts no threads, and leaves an interrupt to its parent."""
    import cv2

    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
