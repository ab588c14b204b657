"""Parts: the intermediate files of a stage, whole and verified, or absent.

A part is one or more Parquet tables and a manifest written last. It is done when its manifest
names the key of the work that is wanted now and every table still has the hash that it had when it
was written. Anything else is made again; nothing that is done is done twice.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from upath import UPath

from schemas.errors import OutcomeError, StorageError
from schemas.vocabulary import Status
from storage.files import explained, hash_file, read_bytes, write_bytes, writing

_ROWS_IN_GROUP = 16


@dataclass(frozen=True, slots=True)
class Counts:
    """How planned work ended; adds up, stage by stage. `reasons` covers rejected and failed."""

    planned: int = 0
    ok: int = 0
    rejected: int = 0
    failed: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Counts) -> Counts:
        reasons = Counter(self.reasons)
        reasons.update(other.reasons)
        return Counts(
            self.planned + other.planned,
            self.ok + other.ok,
            self.rejected + other.rejected,
            self.failed + other.failed,
            dict(sorted(reasons.items())),
        )

    def check(self, stage: str) -> None:
        """Raise `OutcomeError` unless planned == ok + rejected + failed."""
        if self.planned != self.ok + self.rejected + self.failed:
            raise OutcomeError(
                f"stage {stage} planned {self.planned} but ended with {self.ok} ok, "
                f"{self.rejected} rejected and {self.failed} failed. This is a bug: please report."
            )


@dataclass(frozen=True, slots=True)
class PartManifest:
    """What a finished part holds. `tables` maps a table's name to the SHA-256 of its file."""

    stage: str
    index: int
    key: str
    counts: Counts
    tables: Mapping[str, str]
    seconds: float

    def hashes(self) -> list[str]:
        """The hashes of the tables in order of name: what later parts' keys are made of."""
        return [self.tables[name] for name in sorted(self.tables)]


@dataclass(frozen=True, slots=True)
class Part:
    """The place of one part of a stage in a run folder."""

    folder: UPath
    stage: str
    index: int

    def table_path(self, table: str) -> UPath:
        """Where the table named `table` lies."""
        return self.folder / self.stage / f"part-{self.index:05d}.{table}.parquet"

    @property
    def manifest_path(self) -> UPath:
        """Where the manifest lies."""
        return self.folder / self.stage / f"part-{self.index:05d}.json"

    def manifest(self) -> PartManifest | None:
        """The manifest as it stands, whatever its key; None where there is none to be read."""
        if not self.manifest_path.exists():
            return None
        try:
            plain = json.loads(read_bytes(self.manifest_path))
            return PartManifest(**{**plain, "counts": Counts(**plain["counts"])})
        except (ValueError, TypeError, KeyError):
            return None

    def finished(self, key: str) -> PartManifest | None:
        """The manifest if this part is done for `key` and its tables are intact, else None."""
        manifest = self.manifest()
        return manifest if manifest and manifest.key == key and self.intact(manifest) else None

    def intact(self, manifest: PartManifest) -> bool:
        """Whether every table is there with the hash that the manifest names."""
        return all(
            self.table_path(name).exists() and hash_file(self.table_path(name)) == known
            for name, known in manifest.tables.items()
        )

    def write(
        self,
        key: str,
        tables: Mapping[str, pa.Table],
        counts: Counts,
        started: float,
        written: Iterable[str] = (),
    ) -> PartManifest:
        """Write the tables, then the manifest. `started`: `time.monotonic()` at the beginning.

        `written` names further tables of the part that lie in their places already.
        """
        counts.check(self.stage)
        with explained(f"replacing {self.manifest_path}"):
            self.manifest_path.unlink(missing_ok=True)
        for name, table in tables.items():
            with writing(self.table_path(name)) as file:
                pq.write_table(
                    table,
                    file,
                    row_group_size=_ROWS_IN_GROUP,
                    compression="none",
                    use_dictionary=False,
                )
        hashes = {name: hash_file(self.table_path(name)) for name in (*tables, *written)}
        manifest = PartManifest(
            self.stage,
            self.index,
            key,
            counts,
            dict(sorted(hashes.items())),
            round(time.monotonic() - started, 3),
        )
        write_bytes(self.manifest_path, json.dumps(asdict(manifest), indent=1).encode())
        return manifest

    def read(self, table: str, columns: Sequence[str] | None = None) -> pa.Table:
        """A table of this part, all columns or the named ones."""
        path = self.table_path(table)
        with explained(f"reading {path}"), path.open("rb") as file:
            # With threads, a process that ends soon after may abort (apache/arrow#50482).
            names = None if columns is None else list(columns)
            return pq.read_table(file, columns=names, use_threads=False)

    def select(
        self,
        table: str,
        column: str,
        values: Iterable[str],
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """The rows whose `column` is one of `values`. Row groups without any are not read."""
        wanted = pa.array(sorted(set(values)), pa.string())
        path = self.table_path(table)
        with explained(f"reading {path}"), path.open("rb") as file:
            parquet = pq.ParquetFile(file)
            found = []
            for group in range(parquet.num_row_groups):
                keys = parquet.read_row_group(group, columns=[column])[column]
                if pc.any(pc.is_in(keys, value_set=wanted)).as_py():
                    rows = parquet.read_row_group(
                        group, columns=None if columns is None else [column, *columns]
                    )
                    found.append(rows.filter(pc.is_in(rows[column], value_set=wanted)))
            if found:
                return pa.concat_tables(found)
            empty: pa.Table = parquet.schema_arrow.empty_table()
            return empty if columns is None else empty.select([column, *columns])


def count_outcomes(statuses: Iterable[tuple[str, str | None]]) -> Counts:
    """Counts of (status, reason) pairs, as they stand in a stage's rows."""
    tally: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for status, reason in statuses:
        tally[status] += 1
        if status != Status.OK:
            reasons[reason or "unknown"] += 1
    return Counts(
        sum(tally.values()),
        tally[Status.OK],
        tally[Status.REJECTED],
        tally[Status.FAILED],
        dict(sorted(reasons.items())),
    )


def drop_stale_parts(folder: UPath, stage: str, count: int) -> None:
    """Remove parts of `stage` with an index of `count` or more, left by an earlier, larger plan."""
    stage_folder = folder / stage
    if not stage_folder.exists():
        return
    for path in sorted(stage_folder.iterdir(), key=lambda path: path.name):
        number = path.name.removeprefix("part-").split(".")[0]
        if not number.isdigit():
            raise StorageError(f"{path} is no part of a run; move it elsewhere")
        if int(number) >= count:
            path.unlink()
