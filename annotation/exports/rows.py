"""The rows that an export is written from, and the pictures that it puts beside its texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pyarrow.parquet as pq
from upath import UPath

from schemas.errors import DatasetError
from schemas.features import LABELS
from schemas.identity import hash_bytes
from schemas.vocabulary import Label
from storage.files import explained, read_bytes, write_bytes
from storage.published import DEFAULT_CONFIG, PublishedSet

Row = Mapping[str, Any]
Rows = Callable[[Sequence[str]], Iterator[tuple[str, Row]]]
"""Gives, for some columns, each row of a set with the split that it is in; the same rows in the
same order whenever it is called."""

_BATCH = 16
_ENDINGS = {"jpeg": "jpg", "mpo": "jpg", "tiff": "tif"}


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote. `left_out`: pictures that are not in it, by the reason."""

    pictures: int
    files: tuple[str, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


def published_rows(published: PublishedSet, config: str = DEFAULT_CONFIG) -> Rows:
    """The rows of a published set, read from its shards a few at a time."""

    def read(columns: Sequence[str]) -> Iterator[tuple[str, Row]]:
        for shard in published.shards(config):
            path = published.folder / shard.path
            with explained(f"reading {path}"), path.open("rb") as file:
                for batch in pq.ParquetFile(file).iter_batches(_BATCH, columns=list(columns)):
                    for row in batch.to_pylist():
                        yield shard.split, row

    return read


def label_of(row: Row) -> Label:
    """What a row says the picture is."""
    return Label(LABELS[row["label"]])


def ending(row: Row) -> str:
    """How the name of a picture's file ends: after its own encoding, which stays as it is."""
    name = str(row["codec"]["format"]).lower()
    return _ENDINGS.get(name, name)


def picture_path(folder: str, split: str, row: Row, suffix: str | None = None) -> str:
    """Where the picture of a row lies, or its mask: in one of 256 folders by a hash of its id."""
    sample = str(row["sample_id"])
    name = f"{quote(sample, safe='')}.{suffix or ending(row)}"
    return f"{folder}/{split}/{hash_bytes(sample.encode())[:2]}/{name}"


def put(root: UPath, path: str, picture: Mapping[str, Any] | None) -> None:
    """Write the bytes of an image column to `root / path`, unless the same ones are there already.

    Whole or not at all: an export that was broken off goes on where it was. Raises `DatasetError`
    where the row has no bytes.
    """
    data = None if picture is None else picture["bytes"]
    if data is None:
        raise DatasetError(f"the row of {path} holds no picture; was its column read?")
    place = root / path
    with explained(f"looking at {place}"):
        there = place.exists() and place.stat().st_size == len(data)
    if not there or read_bytes(place) != data:
        write_bytes(place, data)
