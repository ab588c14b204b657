"""A set to load: crops of photographs as JPEG, as published shards, bare files and tar files."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from benchmarks.photo_files import photographs
from schemas.features import IMAGE_COLUMNS
from schemas.picture import Pixels
from storage.codecs import Subsampling, encode_jpeg
from storage.published import PublishedSet
from tests.published_sets import publish

SHARDS = 4
GROUP_ROWS = 100
_PIECE = 600
_MOST_PHOTOS = 60
_DIFFERENT = 1000
_SUBSAMPLINGS: tuple[Subsampling, ...] = ("4:2:0", "4:2:0", "4:4:4")


@dataclass(frozen=True)
class LoadingSet:
    """The same pictures in memory, as a published set, as bare files and as tar files."""

    files: list[bytes]
    published: PublishedSet
    paths: list[Path]
    tars: list[str]


def made(folder: Path, rows: int, side: int) -> LoadingSet:
    """`rows` pictures of about `side` px, a thousand different ones over and over, in `folder`."""
    different = _jpegs(min(rows, _DIFFERENT), side)
    # Each lies in memory by itself, as it does on the disk: a thousand alone would stay in a cache.
    files = [bytes(bytearray(different[number % len(different)])) for number in range(rows)]
    return LoadingSet(
        files,
        _published(folder / "set", files),
        _bare(folder / "files", files),
        _tars(folder / "tars", files),
    )


def _jpegs(count: int, side: int) -> list[bytes]:
    """`count` JPEG files, their sides within 10 % of `side`, of qualities from 75 to 95."""
    rng = np.random.default_rng(0)
    photos = []
    for _, data in photographs()[:_MOST_PHOTOS]:
        with Image.open(io.BytesIO(data)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
        scale = max((_PIECE + 100) / min(upright.size), 0.25)
        photos.append(upright.resize([round(side * scale) for side in upright.size]))
    files = []
    for number in range(count):
        height, width = (int(one) for one in rng.integers(side * 9 // 10, side * 11 // 10 + 1, 2))
        quality, subsampling = 75 + 5 * (number % 5), _SUBSAMPLINGS[number % len(_SUBSAMPLINGS)]
        files.append(encode_jpeg(_cut(photos, (height, width), rng), quality, subsampling))
    return files


def _cut(photos: list[Image.Image], size: tuple[int, int], rng: np.random.Generator) -> Pixels:
    """A picture of photographs' own detail: crops side by side where none is as large."""
    heights, widths = (_parts(side) for side in size)
    return np.vstack(
        [np.hstack([_crop(photos, height, width, rng) for width in widths]) for height in heights]
    )


def _parts(side: int) -> list[int]:
    """As few lengths of at most a piece as make up a side."""
    return [len(part) for part in np.array_split(np.arange(side), -(-side // _PIECE))]


def _crop(photos: list[Image.Image], height: int, width: int, rng: np.random.Generator) -> Pixels:
    photo = photos[int(rng.integers(len(photos)))]
    left = int(rng.integers(0, photo.width - width + 1))
    top = int(rng.integers(0, photo.height - height + 1))
    return np.asarray(photo.crop((left, top, left + width, top + height)))


def _shares(count: int) -> list[list[int]]:
    return [share.tolist() for share in np.array_split(np.arange(count), SHARDS)]


def _published(folder: Path, files: list[bytes]) -> PublishedSet:
    """The pictures as a published set of four shards, every other one called a forgery."""
    parts = [("train", _rows(files, chosen)) for chosen in _shares(len(files))]
    return publish(folder, parts, GROUP_ROWS)


def _rows(files: list[bytes], numbers: list[int]) -> Iterator[dict[str, Any]]:
    for number in numbers:
        with Image.open(io.BytesIO(files[number])) as image:
            width, height = image.size
        yield dict.fromkeys(IMAGE_COLUMNS) | {
            "sample_id": f"made-{number:06d}",
            "image": {"bytes": files[number], "path": None},
            "label": number % 2,
            "domain": "natural",
            "operation": "splice" if number % 2 else None,
            "width": width,
            "height": height,
        }


def _bare(folder: Path, files: list[bytes]) -> list[Path]:
    folder.mkdir(parents=True)
    paths = [folder / f"{number:06d}.jpg" for number in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    return paths


def _tars(folder: Path, files: list[bytes]) -> list[str]:
    folder.mkdir(parents=True)
    names = []
    for number, chosen in enumerate(_shares(len(files))):
        names.append(str(folder / f"{number:05d}.tar"))
        with tarfile.open(names[-1], "w") as tar:
            for index in chosen:
                members = {"jpg": files[index], "cls": str(index % 2).encode()}
                for suffix, data in members.items():
                    about = tarfile.TarInfo(f"{index:06d}.{suffix}")
                    about.size = len(data)
                    tar.addfile(about, io.BytesIO(data))
    return names
