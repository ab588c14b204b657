"""Reads a published set back, whole, and checks every contract that it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from flows.picture_store import PictureStore
from flows.row_contracts import Known, Row, check_row
from schemas.errors import StorageError
from schemas.features import LABELS, arrow_schema
from schemas.identity import hash_bytes
from schemas.manifest import Shard
from schemas.vocabulary import Label
from storage.files import explained, hash_file
from storage.published import DEFAULT_CONFIG, PublishedSet
from storage.shards import CANARY


@dataclass(frozen=True, slots=True)
class Problem:
    """A contract that does not hold: where (a file or a sample id) and what."""

    where: str
    what: str


def validate(
    published: PublishedSet, advance: Callable[[int], None] = lambda rows: None
) -> Iterator[Problem]:
    """Every problem of a set, as they are found. `advance` is told of rows that are checked."""
    yield from _files(published)
    yield from _outcomes(published)
    known = Known()
    with PictureStore() as pictures:
        readable = []
        for shard in published.manifest.shards:
            problems = list(_index(published, shard, known, pictures))
            yield from problems
            if not any(problem.where == shard.path for problem in problems):
                readable.append(shard)
        for group, splits in sorted(known.groups.items()):
            if len(splits) > 1:
                named = ", ".join(sorted(splits))
                yield Problem(group, f"the group lies in several splits: {named}")
        for shard in readable:
            for row in _rows(published, shard):
                if shard.config == DEFAULT_CONFIG:
                    found = check_row(row, known, pictures)
                else:
                    found = _check_copy(row, shard, known)
                yield from (Problem(row["sample_id"], what) for what in found)
                advance(1)


def _files(published: PublishedSet) -> Iterator[Problem]:
    manifest = published.manifest
    hashes = {shard.path: shard.sha256 for shard in manifest.shards} | manifest.files
    for path, wanted in sorted(hashes.items()):
        file = published.folder / path
        if not file.exists():
            yield Problem(path, "is missing")
        elif hash_file(file) != wanted:
            yield Problem(path, "is not the file that was published: its SHA-256 differs")
    if not any(shard.config == DEFAULT_CONFIG for shard in manifest.shards):
        yield Problem("manifest.json", "names no shard of the default config")


def _outcomes(published: PublishedSet) -> Iterator[Problem]:
    for stage in published.manifest.stages:
        if stage.planned != stage.ok + stage.rejected + stage.failed:
            yield Problem(stage.stage, "planned is not ok + rejected + failed")
        if sum(stage.reasons.values()) != stage.rejected + stage.failed:
            yield Problem(stage.stage, "not every rejected or failed one has a reason")
    rows = sum(s.rows for s in published.manifest.shards if s.config == DEFAULT_CONFIG)
    policy = published.manifest.recipe["codec"]["policy"]
    selected = {stage.stage: stage.ok for stage in published.manifest.stages}.get("select")
    if selected is not None and rows != selected * (2 if policy == "twins" else 1):
        yield Problem("manifest.json", f"{selected} samples were selected but {rows} published")


def _index(
    published: PublishedSet, shard: Shard, known: Known, pictures: PictureStore
) -> Iterator[Problem]:
    path = published.folder / shard.path
    columns = ["sample_id", "group_id", "label", "image"]
    try:
        with explained(f"reading {path}"), path.open("rb") as file:
            parquet = pq.ParquetFile(file)
            found = parquet.schema_arrow
            if not found.equals(arrow_schema()) or _features(found) != _features(arrow_schema()):
                yield Problem(shard.path, "does not have the columns and features of this version")
                return
            if parquet.metadata.num_rows != shard.rows:
                rows = parquet.metadata.num_rows
                yield Problem("manifest.json", f"{shard.path} has {rows} rows, not {shard.rows}")
            if (found.metadata or {}).get(CANARY, b"").decode() != published.manifest.canary:
                yield Problem("manifest.json", f"{shard.path} does not bear the set's canary")
            if shard.config != DEFAULT_CONFIG:
                return
            for batch in parquet.iter_batches(batch_size=64, columns=columns):
                for row in batch.to_pylist():
                    sample_id = row["sample_id"]
                    if sample_id in known.splits:
                        yield Problem(sample_id, "occurs twice")
                    known.splits[sample_id] = shard.split
                    known.images[sample_id] = hash_bytes(row["image"]["bytes"])
                    known.groups.setdefault(row["group_id"], set()).add(shard.split)
                    if LABELS[row["label"]] == Label.REAL:
                        pictures.put(sample_id, row["image"]["bytes"])
    except (StorageError, pa.ArrowInvalid) as error:
        yield Problem(shard.path, f"cannot be read: {error}")


def _features(schema: pa.Schema) -> bytes | None:
    features: bytes | None = (schema.metadata or {}).get(b"huggingface")
    return features


def _rows(published: PublishedSet, shard: Shard) -> Iterator[Row]:
    path = published.folder / shard.path
    columns = None if shard.config == DEFAULT_CONFIG else ["sample_id", "image"]
    with explained(f"reading {path}"), path.open("rb") as file:
        for batch in pq.ParquetFile(file).iter_batches(batch_size=64, columns=columns):
            yield from batch.to_pylist()


def _check_copy(row: Row, shard: Shard, known: Known) -> Iterator[str]:
    """What is wrong with a row of an evaluation config, which repeats one of the default's."""
    sample_id = row["sample_id"]
    if sample_id not in known.splits:
        yield f"is in config {shard.config} but not in {DEFAULT_CONFIG}"
    elif known.splits[sample_id] != shard.split:
        yield f"lies in another split in config {shard.config}"
    elif known.images[sample_id] != hash_bytes(row["image"]["bytes"]):
        yield f"has another picture in config {shard.config}"
