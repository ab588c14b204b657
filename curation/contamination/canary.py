"""A canary: a line that stands in a set and nowhere else, by which a leak of the set is found."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from upath import UPath

from schemas.errors import StorageError
from storage.files import explained

_OURS = uuid.uuid5(uuid.NAMESPACE_URL, "counterfoil:canary")
_WORDS = "canary GUID"
# Also the canaries of others, who put the same two words before theirs (BIG-bench and its heirs).
_CANARY = re.compile(
    rf"{_WORDS}\s+([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})", re.IGNORECASE
)
_TEXTS = (".md", ".txt", ".json", ".jsonl", ".csv", ".tsv", ".html", ".htm", ".yaml", ".yml")
_PIECE = 1 << 22
_LONGEST = 256  # A canary may lie across the end of a piece.


@dataclass(frozen=True, slots=True)
class FoundCanary:
    """A canary that was met: its GUID, lower case, and the file it stands in."""

    guid: str
    where: str


def canary_guid(name: str, seed: int) -> str:
    """The GUID of the set of this name and seed: the same in every build of it."""
    return str(uuid.uuid5(_OURS, f"{name}\n{seed}"))


def canary(name: str, seed: int) -> str:
    """The line that the card and the metadata of the set of this name and seed bear."""
    return (
        f"This line marks the data of {name}, made to train and to judge detectors of forgery. It "
        "should never appear in a corpus that general models are trained on: who finds it in one "
        "has found a leak. "
        f"{_WORDS} {canary_guid(name, seed)}"
    )


def canaries_in(text: str) -> tuple[str, ...]:
    """The GUIDs of all canaries in a text, lower case, each once, in the order they come."""
    return tuple(dict.fromkeys(match[1].lower() for match in _CANARY.finditer(text)))


def find_canaries(path: UPath) -> Iterator[FoundCanary]:
    """The canaries in a file, or in all files of a folder, sorted by their paths.

    Text files are read whole; of Parquet files, the metadata and the columns of strings. Files of
    other kinds are passed over. Raises `StorageError` where a file cannot be read.
    """
    with explained(f"listing {path}"):
        files = sorted(path.rglob("*"), key=str) if path.is_dir() else [path]
    for file in files:
        lower = file.name.lower()
        if lower.endswith(".parquet"):
            texts = _parquet_texts(file)
        elif lower.endswith(_TEXTS):
            texts = _pieces(file)
        else:
            continue
        found = dict.fromkeys(guid for text in texts for guid in canaries_in(text))
        yield from (FoundCanary(guid, str(file)) for guid in found)


def _pieces(path: UPath) -> Iterator[str]:
    with explained(f"reading {path}"), path.open("rb") as file:
        before = b""
        while piece := file.read(_PIECE):
            yield (before + piece).decode("utf-8", "replace")
            before = piece[-_LONGEST:]


def _parquet_texts(path: UPath) -> Iterator[str]:
    try:
        with explained(f"reading {path}"), path.open("rb") as file:
            parquet = pq.ParquetFile(file)
            for key, value in (parquet.metadata.metadata or {}).items():
                yield f"{key.decode('utf-8', 'replace')} {value.decode('utf-8', 'replace')}"
            schema = parquet.schema_arrow
            strings = [field.name for field in schema if pa.types.is_string(field.type)]
            for batch in parquet.iter_batches(columns=strings, use_threads=False):
                for column in batch.columns:
                    # Equal values, a canary that stands in every row above all, are read once.
                    yield "\n".join(value or "" for value in column.unique().to_pylist())
    except pa.ArrowException as error:
        raise StorageError(f"{path} is no Parquet file, or a broken one: {error}") from error
