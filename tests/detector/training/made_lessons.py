"""A small published set that can be learnt: noisy pictures, forged ones with a bright patch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from upath import UPath

from schemas.features import IMAGE_COLUMNS
from schemas.manifest import Manifest, Shard
from schemas.shortcuts import AuditReport
from storage.codecs import encode_png
from storage.files import hash_file
from storage.masks import encode_mask
from storage.published import PublishedSet, open_published, write_manifest
from storage.shards import write_shard

SIDE = 56
OPERATIONS = ("splice", "copy_move", "inpaint_remove")
_PLACES = ("upper left", "upper right", "lower left", "lower right")
_LIGHTS = ("softly", "harshly", "evenly", "from above", "from behind")


def chain(number: int, fake: bool, rng: np.random.Generator) -> str:
    """A chain of thought in MMFR's tags, with numbers that only this picture has."""
    where = _PLACES[int(rng.integers(4))]
    light = _LIGHTS[int(rng.integers(5))]
    found = (
        f"Anomalous Image Texture: the {where} is {rng.integers(10, 99)} levels brighter."
        if fake
        else f"Natural and Consistent Image Texture: grain of {rng.integers(10, 99)} levels."
    )
    word = "fake" if fake else "real"
    return (
        f"<SUMMARY>I look at it.</SUMMARY><CAPTION>Noise number {number}, lit {light}.</CAPTION>"
        f"<REASONING>From low-level perspective: {found} From high-level perspective: Nothing was "
        f"established.</REASONING><CONCLUSION>This image is {word}.</CONCLUSION>"
    )


def made_row(number: int, reasoning: bool = True, masks: bool = True) -> dict[str, Any]:
    """Row `number`; every other one is a forgery with a mask."""
    rng = np.random.default_rng([11, number])
    fake = number % 2 == 1
    pixels = rng.integers(0, 120, (SIDE, SIDE, 3), np.uint8)
    mask = np.zeros((SIDE, SIDE), bool)
    row: dict[str, Any] = dict.fromkeys(IMAGE_COLUMNS)
    if fake:
        top, left = (int(one) for one in rng.integers(4, 26, 2))
        mask[top : top + 24, left : left + 24] = True
        pixels[mask] += 110
        if masks:
            row["mask_applied"] = {"bytes": encode_mask(mask), "path": None}
    return row | {
        "sample_id": f"s{number:04d}",
        "image": {"bytes": encode_png(pixels), "path": None},
        "label": int(fake),
        "domain": "natural",
        "operation": OPERATIONS[number // 2 % 3] if fake else None,
        "generator": "made" if fake else None,
        "width": SIDE,
        "height": SIDE,
        "reasoning": chain(number, fake, rng) if reasoning else "",
    }


def made_set(
    folder: Path,
    train: int = 24,
    validation: int = 8,
    reasoning: bool = True,
    masks: bool = True,
    label: int | None = None,
) -> PublishedSet:
    """A set of two splits, a validation split of 0 rows is none; of one `label` alone if given."""
    step, begin = (1, 0) if label is None else (2, label)
    shards, first = [], 0
    for split, count in (("train", train), ("validation", validation)):
        if not count:
            continue
        name = f"data/default/{split}-00000-of-00001.parquet"
        path = UPath(folder) / name
        numbers = range(begin + step * first, begin + step * (first + count), step)
        write_shard(path, (made_row(number, reasoning, masks) for number in numbers), 10)
        first += count
        size, sha = path.stat().st_size, hash_file(path)
        shards.append(
            Shard(path=name, config="default", split=split, rows=count, bytes=size, sha256=sha)
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
    return open_published(str(folder))
