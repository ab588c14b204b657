"""Small pictures, and sets of them as people have them, for tests."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from storage.codecs import encode_jpeg, encode_png
from storage.picture_sets.contract import PictureSet, StoredPicture

TarMode = Literal["w", "w:gz"]
IMAGE = pa.struct({"bytes": pa.binary(), "path": pa.string()})


def picture(seed: int, side: int = 24, form: str = "png") -> bytes:
    """A small smooth picture that no other seed gives."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    pixels = np.kron(coarse, np.ones((side // 4, side // 4, 1), np.uint8))
    return encode_png(pixels) if form == "png" else encode_jpeg(pixels, 90, "4:4:4")


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Files by their path within `folder`."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def write_rows(
    path: Path, rows: Sequence[Mapping[str, Any]], schema: Mapping[str, Any], group: int = 4
) -> Path:
    """Rows as a Parquet file with row groups of `group`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), pa.schema(schema)), path, row_group_size=group)
    return path


def image(data: bytes | None, path: str | None = None) -> dict[str, Any]:
    """A picture as Hugging Face features store it."""
    return {"bytes": data, "path": path}


def write_tar(
    path: Path, members: Mapping[str, bytes | dict[str, Any]], mode: TarMode = "w"
) -> Path:
    """A tar file with these members in this order; dictionaries as JSON."""
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def everything(pictures: PictureSet, columns: Sequence[str] | None = None) -> list[StoredPicture]:
    """Every picture of a set."""
    return list(_each(pictures, columns))


def _each(pictures: PictureSet, columns: Sequence[str] | None) -> Iterator[StoredPicture]:
    for piece in pictures.pieces():
        yield from pictures.read(piece, columns)
