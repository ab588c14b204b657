"""Where the bytes of every picture of a local shard lie, so that one is read without the others."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from detector.data.pages import DATA_PAGE, DATA_PAGE_V2, PLAIN, levels, pages

ABSENT = -1
"""The offset of a value that is null."""
UNKNOWN = -2
"""The offset of a value that only its row group gives: compressed, dictionary-encoded, remote."""


@dataclass(frozen=True, slots=True)
class Spans:
    """The values of one column, a row each: int64 `offset` in the file, int32 `length` in bytes.

    `offset` is ABSENT for a null and UNKNOWN where the value does not lie in the file as it is.
    """

    offset: npt.NDArray[np.int64]
    length: npt.NDArray[np.int32]

    @classmethod
    def unknown(cls, rows: int) -> Spans:
        """Spans that send every reader to the row groups."""
        return cls(np.full(rows, UNKNOWN, np.int64), np.zeros(rows, np.int32))


def spans(path: Path, columns: Sequence[str]) -> dict[str, Spans]:
    """The spans of these columns (of `schemas.features.IMAGE_COLUMNS`) in a local shard.

    Row groups whose column chunk is compressed or not plainly encoded stay UNKNOWN.
    """
    metadata = pq.read_metadata(path)
    leaves = {metadata.schema.column(index).path: index for index in range(metadata.num_columns)}
    found = {column: Spans.unknown(metadata.num_rows) for column in columns}
    if not metadata.num_rows:
        return found
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as data,
    ):
        for column in columns:
            leaf = leaves[f"{column}.bytes"]
            first = 0
            for group in range(metadata.num_row_groups):
                chunk = metadata.row_group(group).column(leaf)
                last = first + metadata.row_group(group).num_rows
                here = _chunk(data, chunk, metadata.schema.column(leaf), last - first)
                if here is not None:
                    found[column].offset[first:last] = here.offset
                    found[column].length[first:last] = here.length
                first = last
    return found


def _chunk(data: memoryview, chunk: Any, leaf: Any, rows: int) -> Spans | None:
    """The spans of one column chunk, or None where its bytes are not the values' own."""
    plain = (
        chunk.compression == "UNCOMPRESSED"
        and chunk.dictionary_page_offset is None
        and leaf.physical_type == "BYTE_ARRAY"
        and leaf.max_repetition_level == 0
    )
    if not plain:
        return None
    top = leaf.max_definition_level
    begin = chunk.data_page_offset
    found = Spans(np.full(rows, ABSENT, np.int64), np.zeros(rows, np.int32))
    row = 0
    try:
        for page in pages(data, begin, begin + chunk.total_compressed_size, top):
            if page.kind not in (DATA_PAGE, DATA_PAGE_V2) or page.encoding != PLAIN:
                return None
            present: npt.NDArray[np.int64] = np.arange(page.values)
            if top:
                said = levels(data[slice(*page.levels)], page.values, top)
                present = np.flatnonzero(said == top)
            at = page.begin
            for index in (present + row).tolist():
                size = int.from_bytes(data[at : at + 4], "little")
                found.offset[index] = at + 4
                found.length[index] = size
                at += 4 + size
            if at != page.end:
                return None
            row += page.values
    except (IndexError, ValueError):
        return None
    return found if row == rows else None
