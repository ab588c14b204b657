"""What is noted of every picture of a piece: fingerprint, size, encoding, and whose kin it is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from curation.contamination.hash_lists import METHOD
from curation.crops.tiles import tiles
from curation.fingerprints.files import print_file
from curation.fingerprints.phash import from_hex
from schemas.errors import StorageError
from storage.picture_sets.contract import PictureSet, StoredPicture
from storage.reading import UnreadablePicture, read_picture

VERSION = f"prints 1, {METHOD}"
"""Finished pieces of another version are done again."""
SCHEMA = pa.schema(
    {
        "key": pa.string(),
        "fingerprint": pa.uint64(),
        "orientations": pa.list_(pa.uint64(), 8),
        "tiles": pa.binary(),
        "width": pa.int32(),
        "height": pa.int32(),
        "format": pa.string(),
        "quality": pa.int32(),
        "lossless": pa.bool_(),
        "bytes": pa.int64(),
        "digest": pa.string(),
        "lineage": pa.string(),
        "reason": pa.string(),
        "detail": pa.string(),
    }
)
"""A row for each picture. One that gave no fingerprint has a `reason` and a `detail` instead.
`digest`: of the file's bytes. `lineage`: of pictures that were made from one source, its id."""
_FACTS = ("sample_id", "source_id", "fingerprint", "width", "height", "codec")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is computed beside the fingerprint: its eight orientations, tiles to find crops by."""

    orientations: bool = False
    crops: bool = False

    def spelled(self) -> str:
        """In a word, for keys."""
        return f"orientations {self.orientations}, crops {self.crops}"


def print_piece(pictures: PictureSet, piece: str, wanted: Wanted) -> pa.Table:
    """The rows (`SCHEMA`) of one piece. A piece that cannot be read is a row with a reason."""
    rows = []
    try:
        for picture in pictures.read(piece, _FACTS):
            rows.append(_row(picture, wanted))
    except StorageError as error:
        rows.append({"key": piece, "reason": "unreadable_piece", "detail": str(error)})
    return pa.Table.from_pylist(rows, SCHEMA)


def _row(picture: StoredPicture, wanted: Wanted) -> dict[str, Any]:
    if picture.problem:
        return {"key": picture.key, "reason": "unreadable", "detail": picture.problem}
    try:
        seen = _known(picture.facts) or {}
        if wanted.orientations or not seen:
            # What the set says of its encoding holds, but a fingerprint is the first orientation.
            looked = _looked_at(picture.data, wanted.orientations)
            seen = looked | seen | {"fingerprint": looked["fingerprint"]}
        if wanted.crops:
            seen["tiles"] = tiles(read_picture(picture.data)[0]).pack()
    except UnreadablePicture as error:
        return {"key": picture.key, "reason": error.reason, "detail": error.detail}
    lineage = picture.facts.get("source_id") or picture.facts.get("sample_id")
    return {
        "key": picture.key,
        **seen,
        "bytes": len(picture.data),
        "digest": hashlib.blake2b(picture.data, digest_size=16).hexdigest(),
        "lineage": None if lineage is None else str(lineage),
    }


def _known(facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """What one of our own sets says of a picture, which is not computed again."""
    codec, text = facts.get("codec"), facts.get("fingerprint")
    if not isinstance(codec, Mapping) or not isinstance(text, str) or "sample_id" not in facts:
        return None
    try:
        value = from_hex(text)
        encoding = {name: codec[name] for name in ("format", "quality", "lossless")}
    except (KeyError, ValueError):
        return None
    return {"fingerprint": value, "width": facts["width"], "height": facts["height"], **encoding}


def _looked_at(data: bytes, orientations: bool) -> dict[str, Any]:
    seen = print_file(data, orientations=orientations)
    return {
        "fingerprint": seen.fingerprint,
        "orientations": seen.orientations or None,
        "width": seen.width,
        "height": seen.height,
        "format": seen.codec.format,
        "quality": seen.codec.quality,
        "lossless": seen.codec.lossless,
    }
