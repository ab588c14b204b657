"""Opens a published set: its manifest, its shards, and rows by sample id."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import ValidationError
from upath import UPath

from schemas.errors import DatasetError
from schemas.features import IMAGE_COLUMNS
from schemas.manifest import Manifest, Shard
from storage.files import explained, location, read_bytes, write_bytes

MANIFEST = "manifest.json"
DEFAULT_CONFIG = "default"


@dataclass(frozen=True, slots=True)
class PublishedSet:
    """A published set that has been opened. Shards are read when asked for."""

    folder: UPath
    manifest: Manifest

    def shards(self, config: str = DEFAULT_CONFIG, split: str | None = None) -> Iterator[Shard]:
        """The shards of a config, of one split or of all, in order."""
        for shard in self.manifest.shards:
            if shard.config == config and split in (None, shard.split):
                yield shard

    def table(self, columns: Sequence[str] | None = None, config: str = DEFAULT_CONFIG) -> pa.Table:
        """All rows of a config with a column `split` added; without pictures unless named."""
        tables = []
        for shard in self.shards(config):
            path = self.folder / shard.path
            with explained(f"reading {path}"), path.open("rb") as file:
                parquet = pq.ParquetFile(file)
                names = columns or [
                    name for name in parquet.schema_arrow.names if name not in IMAGE_COLUMNS
                ]
                table = parquet.read(columns=list(names)).replace_schema_metadata(None)
            split = pa.array([shard.split] * table.num_rows, pa.string())
            tables.append(table.append_column("split", split))
        if not tables:
            raise DatasetError(f"{self.folder} has no shards of config {config!r}")
        return pa.concat_tables(tables)

    def rows(
        self, sample_ids: Collection[str], columns: Sequence[str]
    ) -> dict[str, dict[str, Any]]:
        """These columns of the default config's rows with these ids, by id."""
        wanted = pa.array(sorted(sample_ids), pa.string())
        found: dict[str, dict[str, Any]] = {}
        for shard in self.shards():
            path = self.folder / shard.path
            with explained(f"reading {path}"), path.open("rb") as file:
                parquet = pq.ParquetFile(file)
                for group in range(parquet.num_row_groups):
                    ids = parquet.read_row_group(group, columns=["sample_id"])["sample_id"]
                    here = pc.is_in(ids, value_set=wanted)
                    if pc.any(here).as_py():
                        names = list(dict.fromkeys(("sample_id", *columns)))
                        rows = parquet.read_row_group(group, columns=names).filter(here)
                        found |= {row["sample_id"]: row for row in rows.to_pylist()}
        return found

    def row(self, sample_id: str) -> dict[str, Any]:
        """One whole row. An unambiguous beginning of a sample id is enough."""
        matches: list[tuple[Shard, int, str]] = []
        for shard in self.shards():
            path = self.folder / shard.path
            with explained(f"reading {path}"), path.open("rb") as file:
                ids = pq.ParquetFile(file).read(columns=["sample_id"])["sample_id"].to_pylist()
            for position, known in enumerate(ids):
                if known == sample_id:
                    return self._read_row(shard, position)
                if known.startswith(sample_id):
                    matches.append((shard, position, known))
        if not matches:
            raise DatasetError(f"{self.folder} has no sample {sample_id!r}")
        if len(matches) > 1:
            some = ", ".join(known for _, _, known in matches[:5])
            raise DatasetError(f"{sample_id!r} begins {len(matches)} sample ids: {some} …")
        return self._read_row(*matches[0][:2])

    def _read_row(self, shard: Shard, position: int) -> dict[str, Any]:
        path = self.folder / shard.path
        with explained(f"reading {path}"), path.open("rb") as file:
            parquet = pq.ParquetFile(file)
            first = 0
            for group in range(parquet.num_row_groups):
                rows = parquet.metadata.row_group(group).num_rows
                if position < first + rows:
                    table = parquet.read_row_group(group).slice(position - first, 1)
                    row: dict[str, Any] = table.to_pylist()[0]
                    return {**row, "split": shard.split}
                first += rows
        raise DatasetError(f"{path} has fewer rows than its manifest says; validate the set")


def write_manifest(folder: UPath, manifest: Manifest) -> None:
    """Write a set's manifest: the last thing that makes it a set."""
    write_bytes(folder / MANIFEST, (manifest.model_dump_json(indent=1) + "\n").encode())


def open_published(folder: str | os.PathLike[str]) -> PublishedSet:
    """Open the set in `folder`, a path or URL; its run folder (the one that holds it) will do."""
    path = location(folder)
    with explained(f"opening {folder}"):
        if not (path / MANIFEST).exists() and (path / "dataset" / MANIFEST).exists():
            path = path / "dataset"
        there = (path / MANIFEST).exists()
    if not there:
        raise DatasetError(
            f"{folder} holds no published set: there is no {MANIFEST}. "
            "Build one with `counterfoil build RECIPE`, or let an unfinished build end."
        )
    try:
        manifest = Manifest.model_validate_json(read_bytes(path / MANIFEST))
    except ValidationError as error:
        raise DatasetError(
            f"{path / MANIFEST} is not a manifest of this version: {error}"
        ) from error
    return PublishedSet(path, manifest)
