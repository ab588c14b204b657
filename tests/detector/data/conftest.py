"""A small set written as published sets are, with rows that say little beside their pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from upath import UPath

from schemas.features import IMAGE_COLUMNS
from storage.codecs import encode_jpeg, encode_png
from storage.masks import encode_mask
from storage.published import MANIFEST, PublishedSet, open_published
from tests.published_sets import publish

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
    first, parts = 0, []
    for split, count in SHARDS:
        parts.append((split, map(made_row, range(first, first + count))))
        first += count
    return publish(folder, parts, group_rows)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> PublishedSet:
    return made_set(UPath(tmp_path_factory.mktemp("set")))


@pytest.fixture
def remote() -> PublishedSet:
    """The same set in an object store of this process's memory."""
    folder = UPath("memory://training-set")
    return open_published(str(folder)) if (folder / MANIFEST).exists() else made_set(folder)
