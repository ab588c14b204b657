"""Reads a published set back, whole, and checks every contract that it makes."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

from annotation.chain_of_thought import parse
from curation.fingerprint import fingerprint, to_hex
from curation.observed_mask import NoiseFloor, observe
from flows.picture_store import PictureStore
from schemas.attributes import ATTRIBUTES_BY_ID
from schemas.errors import CounterfoilError, StorageError
from schemas.features import LABELS, arrow_schema
from schemas.manifest import Shard
from schemas.picture import Mask
from schemas.vocabulary import Domain, Label, Mode, Scope, Verdict
from storage.codecs import decode
from storage.files import explained, hash_file
from storage.masks import decode_mask
from storage.published import DEFAULT_CONFIG, PublishedSet

Row = dict[str, Any]
MASKS = ("mask_requested", "mask_applied", "mask_observed")


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
    intact = [s for s in published.manifest.shards if (published.folder / s.path).exists()]
    with PictureStore() as pictures:
        known = _Known()
        for shard in intact:
            if shard.config == DEFAULT_CONFIG:
                yield from _index(published, shard, known, pictures)
        for group, splits in sorted(known.groups.items()):
            if len(splits) > 1:
                yield Problem(
                    group, f"the group lies in several splits: {', '.join(sorted(splits))}"
                )
        for shard in intact:
            for row in _rows(published, shard):
                if shard.config == DEFAULT_CONFIG:
                    yield from (
                        Problem(row["sample_id"], p) for p in check_row(row, known, pictures)
                    )
                elif row["sample_id"] not in known.splits:
                    yield Problem(
                        row["sample_id"], f"is in config {shard.config} but not in default"
                    )
                elif known.splits[row["sample_id"]] != shard.split:
                    yield Problem(row["sample_id"], f"is in another split of config {shard.config}")
                advance(1)


class _Known:
    """What a first pass over the light columns learns of the whole set."""

    def __init__(self) -> None:
        self.splits: dict[str, str] = {}
        self.lossless: dict[str, bool] = {}
        self.groups: dict[str, set[str]] = {}


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
    published: PublishedSet, shard: Shard, known: _Known, pictures: PictureStore
) -> Iterator[Problem]:
    path = published.folder / shard.path
    columns = ["sample_id", "group_id", "codec", "label", "image"]
    with explained(f"reading {path}"), path.open("rb") as file:
        parquet = pq.ParquetFile(file)
        if not parquet.schema_arrow.equals(arrow_schema(), check_metadata=True):
            yield Problem(shard.path, "does not have the columns and features of this version")
            return
        if parquet.metadata.num_rows != shard.rows:
            yield Problem(shard.path, f"has {parquet.metadata.num_rows} rows, not {shard.rows}")
        for batch in parquet.iter_batches(batch_size=64, columns=columns):
            for row in batch.to_pylist():
                sample_id = row["sample_id"]
                if sample_id in known.splits:
                    yield Problem(sample_id, "occurs twice")
                known.splits[sample_id] = shard.split
                known.lossless[sample_id] = row["codec"]["lossless"]
                known.groups.setdefault(row["group_id"], set()).add(shard.split)
                if LABELS[row["label"]] == Label.REAL:
                    pictures.put(sample_id, row["image"]["bytes"])


def _rows(published: PublishedSet, shard: Shard) -> Iterator[Row]:
    path = published.folder / shard.path
    columns = None if shard.config == DEFAULT_CONFIG else ["sample_id"]
    with explained(f"reading {path}"), path.open("rb") as file:
        for batch in pq.ParquetFile(file).iter_batches(batch_size=64, columns=columns):
            yield from batch.to_pylist()


def check_row(row: Row, known: _Known, pictures: PictureStore) -> Iterator[str]:
    """What is wrong with one row."""
    try:
        pixels = decode(row["image"]["bytes"])
        masks = {n: decode_mask(row[n]["bytes"]) for n in MASKS if row[n] is not None}
    except StorageError as error:
        yield str(error)
        return
    if pixels.shape[:2] != (row["height"], row["width"]):
        yield f"is {pixels.shape[1]} by {pixels.shape[0]}, not as its columns say"
    for name, mask in masks.items():
        if mask.shape != pixels.shape[:2]:
            yield f"{name} is not of its image's size"
    yield from _codec(row)
    if row["domain"] not in set(Domain):
        yield f"domain {row['domain']!r} is not known"
    if (
        to_hex(fingerprint(pixels)) != row["fingerprint"]
        and row["twin_of"] is None
        and row["codec"]["lossless"]
    ):
        yield "the fingerprint is not that of its image"
    yield from _lineage(row, known)
    if LABELS[row["label"]] == Label.FAKE:
        yield from _fake(row, pixels, masks, pictures)
    else:
        yield from _real(row)
    yield from _annotations(row)


def _codec(row: Row) -> Iterator[str]:
    with Image.open(io.BytesIO(row["image"]["bytes"])) as image:
        if image.format != row["codec"]["format"]:
            yield f"is stored as {image.format}, not {row['codec']['format']} as its codec says"
        if image.getexif() or image.info.get("icc_profile"):
            yield "carries metadata"


def _lineage(row: Row, known: _Known) -> Iterator[str]:
    split = known.splits[row["sample_id"]]
    for column in ("source_id", "second_source_id", "twin_of"):
        other = row[column]
        if other is None:
            continue
        if other not in known.splits:
            yield f"{column} {other} is not in the set"
        elif known.splits[other] != split:
            yield f"{column} {other} lies in another split"


def _real(row: Row) -> Iterator[str]:
    for column in ("operation", "generator", "scope", "seed", *MASKS):
        if row[column] is not None:
            yield f"is real but has {column}"


def _fake(row: Row, pixels: Any, masks: dict[str, Mask], pictures: PictureStore) -> Iterator[str]:
    for column in ("operation", "generator", "generator_version", "scope", "seed"):
        if row[column] is None:
            yield f"is a forgery without {column}"
    try:
        json.loads(row["parameters"])
    except ValueError:
        yield "parameters are not JSON"
    if row["scope"] not in set(Scope):
        yield f"scope {row['scope']!r} is not known"
        return
    if row["scope"] == Scope.FULL:
        return
    if "mask_applied" not in masks or "mask_observed" not in masks:
        yield "has no applied or no observed mask"
        return
    if not masks["mask_observed"].any():
        yield "the observed mask is empty"
    source = pictures.get(row["source_id"])
    if source is None or any(mask.shape != pixels.shape[:2] for mask in masks.values()):
        return
    original = decode(source)
    if original.shape != pixels.shape:
        yield "is not of its source's size"
        return
    if not row["codec"]["lossless"]:
        return
    applied = masks["mask_applied"]
    if row["scope"] == Scope.SPLICED:
        outside = int(((pixels != original).any(axis=2) & ~applied).sum())
        if outside:
            yield f"is spliced, yet {outside} pixels outside its applied mask are not its source's"
    seen = observe(original, pixels, applied, noise=NoiseFloor.NONE)
    if not np.array_equal(seen.mask, masks["mask_observed"]):
        yield "the observed mask is not what differs between it and its source"


def _annotations(row: Row) -> Iterator[str]:
    ids = {annotation["annotation_id"] for annotation in row["annotations"]}
    if len(ids) != len(row["annotations"]):
        yield "two annotations share an id"
    for annotation in row["annotations"]:
        if annotation["attribute"] not in ATTRIBUTES_BY_ID:
            yield f"annotation of an unknown attribute {annotation['attribute']!r}"
        if annotation["verdict"] not in set(Verdict) or annotation["mode"] not in set(Mode):
            yield f"annotation {annotation['annotation_id']} has an unknown verdict or mode"
    attributes = Counter(consensus["attribute"] for consensus in row["attributes"])
    if set(attributes) != set(ATTRIBUTES_BY_ID) or max(attributes.values()) > 1:
        yield "the consensus does not name every attribute once"
    for consensus in row["attributes"]:
        if not set(consensus["rows"]) <= ids:
            yield f"the consensus on {consensus['attribute']} names rows that are not there"
    try:
        chain = parse(row["reasoning"])
    except (CounterfoilError, ValueError) as error:
        yield f"the reasoning is not in its four tags: {error}"
        return
    if chain.label != LABELS[row["label"]]:
        yield f"the reasoning concludes {chain.label}"
