"""Published shards: Parquet laid out for streaming, random access and cheap re-uploads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from upath import UPath

from schemas.features import IMAGE_COLUMNS, arrow_schema
from storage.files import writing

_GROUP_BYTES = 100_000_000
CANARY = b"canary"
"""The key of a shard's metadata under which the line stands that marks the set."""


def write_shard(
    path: UPath, rows: Iterable[dict[str, Any]], group_rows: int, canary: str = ""
) -> int:
    """Write rows (see `schemas.features.to_row`) as one shard and return how many there were.

    Row groups hold at most `group_rows` rows and 100 MB of pictures. Image bytes are stored plain,
    because they are compressed already and a plain column can be read by offset; the rest is
    zstd. The page index allows rows to be found, content-defined chunking lets an upload of a
    changed shard send only what changed. `canary` goes into the file's metadata.
    """
    schema = arrow_schema()
    if canary:
        schema = schema.with_metadata({**schema.metadata, CANARY: canary.encode()})
    leaves = [f"{name}.{leaf}" for name in IMAGE_COLUMNS for leaf in ("bytes", "path")]
    dictionary = [field.name for field in schema if pa.types.is_string(field.type)]
    compression = dict.fromkeys(_leaf_names(schema), "zstd") | dict.fromkeys(leaves, "none")
    count = 0
    with (
        writing(path) as file,
        pq.ParquetWriter(
            file,
            schema,
            compression=compression,
            use_dictionary=dictionary,
            write_page_index=True,
            use_content_defined_chunking=True,
            data_page_size=1 << 20,
        ) as writer,
    ):
        for group in _row_groups(rows, group_rows):
            writer.write_table(pa.Table.from_pylist(group, schema), row_group_size=len(group))
            count += len(group)
    return count


def _row_groups(rows: Iterable[dict[str, Any]], group_rows: int) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        weight = sum(len(row[name]["bytes"]) for name in IMAGE_COLUMNS if row[name])
        if group and (len(group) >= group_rows or size + weight > _GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(row)
        size += weight
    if group:
        yield group


def _leaf_names(schema: pa.Schema) -> list[str]:
    """The dotted Parquet names of every leaf column of `schema`."""
    sink = pa.BufferOutputStream()
    pq.write_table(schema.empty_table(), sink)
    metadata = pq.ParquetFile(pa.BufferReader(sink.getvalue())).schema
    return [metadata.column(index).path for index in range(len(metadata))]
