"""A set of pictures in Parquet files: one file, a folder of them, or one of our published sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import StorageError
from storage.files import explained, location
from storage.picture_sets.columns import (
    RowReader,
    choose_image_column,
    class_names,
    image_columns,
)
from storage.picture_sets.contract import StoredPicture
from storage.stamps import stamp

_ROWS = 64  # decoded from Arrow at a time: a row group of thousands would not fit in memory


@dataclass(frozen=True, slots=True)
class ParquetSet:
    """The rows of Parquet files. A piece is a row group: `<file>#<number>`.

    `root` is the folder, a path or URL; `files` are paths within it, in order. A picture's key is
    its `key_column`'s value, or `<file>:<row>`. `file_facts` are what all rows of a file share.
    """

    name: str
    root: str
    files: tuple[str, ...]
    image_column: str | None = None
    key_column: str | None = None
    file_facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def pieces(self) -> Sequence[str]:
        """The row groups of all files. Reads every file's footer."""
        return tuple(
            f"{file}#{group}" for file in self.files for group in self._footer(file).first_rows
        )

    def schema(self) -> pa.Schema:
        """The first file's schema."""
        return self._footer(self.files[0]).schema

    def read(self, piece: str, columns: Sequence[str] | None = None) -> Iterator[StoredPicture]:
        """The pictures of one row group, with the other columns as facts."""
        file, _, group = piece.rpartition("#")
        path = self._path(file)
        footer = self._footer(file)
        image = choose_image_column(footer.schema, self.image_column, path)
        wanted = self._columns(footer.schema, image, columns)
        beside = path.rpartition("/")[0]
        reader = RowReader(image, self.key_column, class_names(footer.schema), beside)
        shared = self.file_facts.get(file, {})
        shared = {k: v for k, v in shared.items() if columns is None or k in columns}
        number = footer.first_rows[int(group)]
        try:
            with explained(f"reading {path}"), location(path).open("rb") as opened:
                parquet = pq.ParquetFile(opened)
                for batch in parquet.iter_batches(
                    _ROWS, row_groups=[int(group)], columns=wanted, use_threads=False
                ):
                    first = number

                    def place(row: int, first: int = first) -> str:
                        return f"{file}:{first + row}"

                    yield from reader.pictures(pa.Table.from_batches([batch]), place, shared)
                    number += batch.num_rows
        except pa.ArrowException as error:
            raise StorageError(f"reading {path} failed: its row group {group}: {error}") from error

    def stamp(self, piece: str) -> str:
        """Size and time of the file, and what of it is taken for the picture."""
        file, _, group = piece.rpartition("#")
        return f"{stamp(location(self._path(file)))} {self.image_column} {self.key_column} {group}"

    def _columns(
        self, schema: pa.Schema, image: str, columns: Sequence[str] | None
    ) -> Sequence[str]:
        if columns is None:
            wanted = [name for name in schema.names if name not in image_columns(schema)]
        else:
            wanted = [name for name in columns if name in schema.names]
        keys = [] if self.key_column is None else [self.key_column]
        if self.key_column is not None and self.key_column not in schema.names:
            raise StorageError(
                f"{self.name} has no column {self.key_column!r} to name its pictures by: "
                f"its columns are {', '.join(schema.names)}"
            )
        return list(dict.fromkeys([image, *keys, *wanted]))

    def _footer(self, file: str) -> _Footer:
        path = self._path(file)
        return _read_footer(path, stamp(location(path)))

    def _path(self, file: str) -> str:
        return f"{self.root}/{file}" if self.root else file


@dataclass(frozen=True, slots=True)
class _Footer:
    """A file's columns, and the first row of every row group that has rows."""

    schema: pa.Schema
    first_rows: Mapping[int, int]


@lru_cache(maxsize=4096)
def _read_footer(path: str, changed: str) -> _Footer:
    try:
        with explained(f"reading {path}"), location(path).open("rb") as file:
            parquet = pq.ParquetFile(file)
            metadata, schema = parquet.metadata, parquet.schema_arrow
            first_rows, rows = {}, 0
            for group in range(metadata.num_row_groups):
                if count := metadata.row_group(group).num_rows:
                    first_rows[group] = rows
                    rows += count
    except pa.ArrowException as error:
        raise StorageError(
            f"{path} is no Parquet file, or a broken one: {error}. Fetch it again or move it away"
        ) from error
    return _Footer(schema, first_rows)
