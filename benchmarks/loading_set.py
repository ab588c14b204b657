"""A set to load: crops of photographs as JPEG, in published shards and as bare files."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from upath import UPath

from benchmarks.photo_files import photographs
from schemas.features import IMAGE_COLUMNS
from schemas.manifest import Manifest, Shard
from schemas.shortcuts import AuditReport
from storage.codecs import Subsampling, encode_jpeg
from storage.files import hash_file
from storage.published import PublishedSet, open_published, write_manifest
from storage.shards import write_shard

SHARDS = 4
GROUP_ROWS = 100
SIDE = 512
_MOST_PHOTOS = 40
_SUBSAMPLINGS: tuple[Subsampling, ...] = ("4:2:0", "4:2:0", "4:4:4")


def made_jpegs(count: int) -> list[bytes]:
    """`count` JPEG files of 512 x 512 pixels, qualities 75 to 95, cut out of photographs."""
    rng = np.random.default_rng(0)
    photos = []
    for _, data in photographs()[:_MOST_PHOTOS]:
        with Image.open(io.BytesIO(data)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
        scale = max((SIDE + 128) / min(upright.size), 0.25)
        photos.append(upright.resize([round(side * scale) for side in upright.size]))
    files = []
    for number in range(count):
        photo = photos[number % len(photos)]
        left, top = (int(rng.integers(0, side - SIDE + 1)) for side in photo.size)
        crop = np.asarray(photo.crop((left, top, left + SIDE, top + SIDE)))
        subsampling = _SUBSAMPLINGS[number % len(_SUBSAMPLINGS)]
        files.append(encode_jpeg(crop, 75 + 5 * (number % 5), subsampling))
    return files


def write_set(folder: Path, files: list[bytes]) -> PublishedSet:
    """The pictures as a published set of four shards, every other one called a forgery."""
    shards = []
    for number, chosen in enumerate(np.array_split(np.arange(len(files)), SHARDS)):
        name = f"data/default/train-{number:05d}-of-{SHARDS:05d}.parquet"
        path = UPath(folder) / name
        rows = write_shard(path, _rows(files, chosen.tolist()), GROUP_ROWS)
        shards.append(
            Shard(
                path=name,
                config="default",
                split="train",
                rows=rows,
                bytes=path.stat().st_size,
                sha256=hash_file(path),
            )
        )
    manifest = Manifest(
        counterfoil="0",
        recipe={},
        stages=(),
        shards=tuple(shards),
        audit=AuditReport(auc=0.5, low=0.5, high=0.5, n_rows=0, n_fake=0, n_groups=0),
        rater=None,
        versions={},
    )
    write_manifest(UPath(folder), manifest)
    return open_published(folder)


def _rows(files: list[bytes], numbers: list[int]) -> Iterator[dict[str, Any]]:
    for number in numbers:
        yield dict.fromkeys(IMAGE_COLUMNS) | {
            "sample_id": f"made-{number:06d}",
            "image": {"bytes": files[number], "path": None},
            "label": number % 2,
            "domain": "natural",
            "operation": "splice" if number % 2 else None,
            "width": SIDE,
            "height": SIDE,
        }


def write_files(folder: Path, files: list[bytes]) -> list[Path]:
    """The pictures as bare files."""
    folder.mkdir(parents=True)
    paths = [folder / f"{number:06d}.jpg" for number in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    return paths
