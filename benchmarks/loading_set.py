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
from storage.codecs import Subsampling, encode_jpeg
from storage.published import PublishedSet
from tests.published_sets import publish

SHARDS = 4
GROUP_ROWS = 100
SIDES = 400, 600
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


def made(folder: Path, rows: int) -> LoadingSet:
    """`rows` pictures, a thousand different ones over and over, in `folder`."""
    different = _jpegs(min(rows, _DIFFERENT))
    files = [different[number % len(different)] for number in range(rows)]
    return LoadingSet(
        files,
        _published(folder / "set", files),
        _bare(folder / "files", files),
        _tars(folder / "tars", files),
    )


def _jpegs(count: int) -> list[bytes]:
    """`count` JPEG files with sides of 400 to 600 pixels, qualities 75 to 95, cut out of photos."""
    rng = np.random.default_rng(0)
    photos = []
    for _, data in photographs()[:_MOST_PHOTOS]:
        with Image.open(io.BytesIO(data)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
        scale = max((SIDES[1] + 100) / min(upright.size), 0.25)
        photos.append(upright.resize([round(side * scale) for side in upright.size]))
    files = []
    for number in range(count):
        photo = photos[number % len(photos)]
        width, height = (int(side) for side in rng.integers(SIDES[0], SIDES[1] + 1, 2))
        left = int(rng.integers(0, photo.width - width + 1))
        top = int(rng.integers(0, photo.height - height + 1))
        crop = np.asarray(photo.crop((left, top, left + width, top + height)))
        subsampling = _SUBSAMPLINGS[number % len(_SUBSAMPLINGS)]
        files.append(encode_jpeg(crop, 75 + 5 * (number % 5), subsampling))
    return files


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
