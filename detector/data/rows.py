"""The rows of a published set to train on: light columns in memory, pictures where they lie."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from upath import UPath

from detector.data.offsets import Spans, spans
from schemas.errors import DatasetError
from schemas.features import IMAGE_COLUMNS
from schemas.manifest import Shard
from storage.files import explained, is_local
from storage.published import DEFAULT_CONFIG, PublishedSet

LIGHT_COLUMNS = ("sample_id", "label", "domain", "operation", "generator", "width", "height")
REAL = "real"
"""The class of rows whose operation (or other column to balance by) is null."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to train on. Row i stands in row group `group[i]` of `files[file[i]]`, as its `within`.

    `table`: the light columns, in one chunk each. `pictures`: the spans of each picture column.
    `digest` tells whether a saved state belongs to these rows.
    """

    table: pa.Table
    files: tuple[UPath, ...]
    file: npt.NDArray[np.int32]
    group: npt.NDArray[np.int32]
    within: npt.NDArray[np.int32]
    pictures: dict[str, Spans]
    digest: str

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def select(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> Rows:
        """These rows alone, in this order: a fold, an operation, a domain."""
        chosen = np.asarray(indices, np.int64)
        said = hashlib.sha256(self.digest.encode() + chosen.tobytes()).hexdigest()
        return replace(
            self,
            table=self.table.take(pa.array(chosen)).combine_chunks(),
            file=self.file[chosen],
            group=self.group[chosen],
            within=self.within[chosen],
            pictures={
                name: Spans(known.offset[chosen], known.length[chosen])
                for name, known in self.pictures.items()
            },
            digest=said,
        )

    def classes(self, column: str = "operation") -> list[str]:
        """What each row is balanced by; null is "real"."""
        return [REAL if value is None else str(value) for value in self.table[column].to_pylist()]

    def places(self) -> npt.NDArray[np.int64]:
        """A number for each row's row group: rows with equal numbers are read together."""
        most = int(self.group.max(initial=0)) + 1
        return self.file.astype(np.int64) * most + self.group


def open_rows(
    published: PublishedSet,
    split: str | None = "train",
    *,
    config: str = DEFAULT_CONFIG,
    columns: Sequence[str] = LIGHT_COLUMNS,
    pictures: Sequence[str] = ("image",),
    offsets: bool = True,
) -> Rows:
    """The rows of a split (None: of all) of an opened set, with these light and picture columns.

    Reads the light columns and, of local shards, the place of every picture; no picture. With
    `offsets` False, and for shards in object stores, pictures are read by the row group.
    Raises DatasetError where there are no such rows or columns.
    """
    wrong = sorted(set(pictures) - set(IMAGE_COLUMNS)) + sorted(set(columns) & set(IMAGE_COLUMNS))
    if wrong:
        raise DatasetError(
            f"{', '.join(wrong)}: pictures are {', '.join(IMAGE_COLUMNS)}, all else is light"
        )
    shards = list(published.shards(config, split))
    if not sum(shard.rows for shard in shards):
        raise DatasetError(f"{published.folder} has no rows of config {config!r}, split {split!r}")
    parts = [_shard(published.folder / shard.path, columns, pictures, offsets) for shard in shards]
    return Rows(
        table=pa.concat_tables([part.table for part in parts]).combine_chunks(),
        files=tuple(part.files[0] for part in parts),
        file=np.repeat(np.arange(len(parts), dtype=np.int32), [len(part) for part in parts]),
        group=np.concatenate([part.group for part in parts]),
        within=np.concatenate([part.within for part in parts]),
        pictures={
            name: Spans(
                np.concatenate([part.pictures[name].offset for part in parts]),
                np.concatenate([part.pictures[name].length for part in parts]),
            )
            for name in pictures
        },
        digest=_digest(shards),
    )


def _digest(shards: Sequence[Shard]) -> str:
    said = "\n".join(f"{shard.path} {shard.sha256} {shard.rows}" for shard in shards)
    return hashlib.sha256(said.encode()).hexdigest()


def _shard(path: UPath, columns: Sequence[str], pictures: Sequence[str], offsets: bool) -> Rows:
    with explained(f"reading {path}"), path.open("rb") as file:
        parquet = pq.ParquetFile(file)
        missing = sorted({*columns, *pictures} - set(parquet.schema_arrow.names))
        if missing:
            raise DatasetError(f"{path} has no column {', '.join(missing)}")
        table = parquet.read(columns=list(columns)).replace_schema_metadata(None)
        metadata = parquet.metadata
        sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    if offsets and is_local(path):
        with explained(f"reading {path}"):
            known = spans(Path(path.path), pictures)
    else:
        known = {name: Spans.unknown(metadata.num_rows) for name in pictures}
    return Rows(
        table=table,
        files=(path,),
        file=np.zeros(metadata.num_rows, np.int32),
        group=np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
        within=np.concatenate([np.arange(size, dtype=np.int32) for size in (0, *sizes)]),
        pictures=known,
        digest="",
    )
