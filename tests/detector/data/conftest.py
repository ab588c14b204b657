"""A small set written as published sets are, with rows that say little beside their pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from upath import UPath

from schemas.features import IMAGE_COLUMNS
from schemas.manifest import Manifest, Shard
from schemas.shortcuts import AuditReport
from storage.codecs import encode_jpeg, encode_png
from storage.files import hash_file
from storage.masks import encode_mask
from storage.published import MANIFEST, PublishedSet, open_published, write_manifest
from storage.shards import write_shard

SHARDS = (("train", 23), ("train", 18), ("test", 9))
OPERATIONS = (None, None, None, "splice", None, None, "copy_move", None, "splice", None)


def made_row(number: int) -> dict[str, Any]:
    """Row `number`: JPEG and PNG pictures in turn; forgeries have masks, real ones none."""
    rng = np.random.default_rng([7, number])
    height, width = (int(side) for side in rng.integers(20, 48, 2))
    pixels = rng.integers(0, 256, (height, width, 3), np.uint8)
    operation = OPERATIONS[number % len(OPERATIONS)]
    mask = encode_mask(rng.random((height, width)) < 0.3)
    data = encode_png(pixels) if number % 2 else encode_jpeg(pixels, 90, "4:2:0")
    row: dict[str, Any] = dict.fromkeys(IMAGE_COLUMNS)
    row |= {
        "sample_id": f"s{number:04d}",
        "image": {"bytes": data, "path": None},
        "label": int(operation is not None),
        "domain": "natural",
        "operation": operation,
        "width": width,
        "height": height,
    }
    if operation:
        row["mask_applied"] = {"bytes": mask, "path": None}
    return row


def made_set(folder: UPath, group_rows: int = 5) -> PublishedSet:
    """A set of three shards, two of them `train`, row groups of `group_rows`."""
    shards, first = [], 0
    for number, (split, count) in enumerate(SHARDS):
        name = f"data/default/{split}-{number:05d}.parquet"
        write_shard(folder / name, map(made_row, range(first, first + count)), group_rows)
        first += count
        sha = hash_file(folder / name)
        size = (folder / name).stat().st_size
        shard = Shard(path=name, config="default", split=split, rows=count, bytes=size, sha256=sha)
        shards.append(shard)
    manifest = Manifest(
        counterfoil="0",
        recipe={},
        stages=(),
        shards=tuple(shards),
        audit=AuditReport(auc=0.5, low=0.5, high=0.5, n_rows=0, n_fake=0, n_groups=0),
        rater=None,
        versions={},
    )
    write_manifest(folder, manifest)
    assert (folder / MANIFEST).exists()
    return open_published(str(folder))


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> PublishedSet:
    return made_set(UPath(tmp_path_factory.mktemp("set")))


@pytest.fixture
def remote() -> PublishedSet:
    """The same set in an object store of this process's memory."""
    folder = UPath("memory://training-set")
    return open_published(str(folder)) if (folder / MANIFEST).exists() else made_set(folder)
