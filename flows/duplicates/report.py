"""Writes what was found: the table of clusters, the unreadable files, a list of what to drop."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from upath import UPath

from flows.duplicates.gathering import Gathered
from flows.duplicates.verdicts import RELATIONS, Verdicts
from storage.files import write_bytes, writing
from storage.picture_sets.contract import PictureSet
from storage.picture_sets.folder import FolderSet

TABLE = "duplicates.parquet"
CSV = "duplicates.csv"
UNREADABLE = "unreadable.csv"


def split_readable(gathered: Gathered) -> tuple[pa.Table, pa.Table]:
    """The rows with a fingerprint, and those without."""
    there = pc.is_valid(gathered.table["fingerprint"])
    return gathered.table.filter(there), gathered.table.filter(pc.invert(there))


def set_names(sets: Sequence[PictureSet], places: Sequence[tuple[int, str]]) -> pa.Array:
    """For every place the name of its set."""
    return pa.array([sets[number].name for number, _ in places], pa.string())


def set_numbers(prints: pa.Table, places: Sequence[tuple[int, str]]) -> npt.NDArray[np.int64]:
    """The number of the set that each picture lies in, int64 (n,)."""
    numbers = np.array([number for number, _ in places], np.int64)
    return np.asarray(numbers[prints["place"].to_numpy()] if len(numbers) else numbers)


def duplicates_table(prints: pa.Table, verdicts: Verdicts, names: pa.Array) -> pa.Table:
    """A row for every picture that lies in a cluster, cluster by cluster, who stays first.

    `names` are the sets' names by place.
    """
    members = list(verdicts.members())
    order = np.concatenate(members) if members else np.zeros(0, np.int64)
    rows = prints.take(pa.array(order))
    kept_for = verdicts.kept_for[order]
    stays = kept_for < 0
    whose = (
        prints["key"].take(pa.array(np.where(stays, 0, kept_for))) if len(order) else rows["key"]
    )
    relation = verdicts.relation[order]
    bits = np.isin(relation, [RELATIONS.index(name) for name in ("same", "near", "turned")])
    distance = verdicts.distance[order]
    return pa.table(
        {
            "cluster": pa.array(verdicts.cluster[order] + 1),
            "set": names.take(rows["place"].combine_chunks())
            if len(order)
            else pa.array([], pa.string()),
            "key": rows["key"],
            "kept": pa.array(stays),
            "kept_for": pc.if_else(pa.array(stays), None, whose),
            "relation": pa.array(
                [RELATIONS[one] if one >= 0 else None for one in relation.tolist()], pa.string()
            ),
            "distance": pa.array(np.where(bits, distance, 0).astype(np.uint8), mask=~bits),
            "likeness": pa.array(distance, mask=bits | stays),
            **{
                name: rows[name]
                for name in ("width", "height", "format", "quality", "lossless", "bytes")
            },
        }
    )


def in_short(names: Sequence[str]) -> str:
    """Names of files in a few words: of pages that are numbered, the first and the last."""
    pages = [name for name in names if name.endswith(".jpg")]
    shown = [name for name in names if not name.endswith(".jpg")]
    if len(pages) > 2:
        pages = [f"{pages[0]} to {pages[-1]}"]
    return ", ".join([*shown, *pages])


def write_tables(
    folder: UPath, table: pa.Table, unreadable: pa.Table, names: pa.Array
) -> list[str]:
    """Write both tables; the names of the files."""
    with writing(folder / TABLE) as file:
        pq.write_table(table, file, compression="zstd")
    write_bytes(folder / CSV, csv_bytes(table))
    if not unreadable.num_rows:
        return [TABLE, CSV]
    told = unreadable.select(["key", "reason", "detail"])
    whose = names.take(unreadable["place"].combine_chunks())
    write_bytes(folder / UNREADABLE, csv_bytes(told.add_column(0, "set", whose)))
    return [TABLE, CSV, UNREADABLE]


def csv_bytes(table: pa.Table) -> bytes:
    """A table as CSV in UTF-8 with a heading."""
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(table, sink)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def dropped_names(
    prints: pa.Table,
    verdicts: Verdicts,
    sets: Sequence[PictureSet],
    places: Sequence[tuple[int, str]],
) -> Iterator[str]:
    """What to drop, a name each: the path of a file, the key of anything else, in order."""
    rows = prints.select(["key", "place"]).take(pa.array(verdicts.dropped))
    for row in rows.to_pylist():
        whole = sets[places[row["place"]][0]]
        is_file = isinstance(whole, FolderSet)
        yield f"{whole.name.rstrip(os.sep)}/{row['key']}" if is_file else row["key"]
