"""A small set written as published sets are, whose forgeries have a trace of their operation."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from upath import UPath

from schemas.features import IMAGE_COLUMNS
from storage.codecs import encode_png
from storage.published import PublishedSet
from tests.published_sets import publish

OPERATIONS = {"splice": "natural", "field_copy_move": "document", "text_insert": "document"}
COUNTS = {"train": 16, "test": 8}
SIDE = 64


def picture(operation: str | None, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Noise; splice and field_copy_move leave the trace of resampling, text_insert another."""
    noise = rng.normal(0, 12, (SIDE, SIDE, 3))
    if operation in ("splice", "field_copy_move"):
        half = np.ascontiguousarray(noise[::2, ::2])
        noise = np.asarray(cv2.resize(half, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), float)
    elif operation == "text_insert":
        noise[:, ::4] += 25
    return np.clip(128 + noise, 0, 255).astype(np.uint8)


def made_rows(split: str) -> list[dict[str, Any]]:
    """For each operation forgeries, and as many real pictures; three of a kind share a group."""
    rows: list[dict[str, Any]] = []
    for operation, domain in OPERATIONS.items():
        for number in range(2 * COUNTS[split]):
            fake = number % 2 == 1
            name = f"{split}-{operation}-{number:03d}"
            rng = np.random.default_rng([len(rows), len(split)])
            row: dict[str, Any] = dict.fromkeys(IMAGE_COLUMNS)
            row |= {
                "sample_id": name,
                "image": {
                    "bytes": encode_png(picture(operation if fake else None, rng)),
                    "path": None,
                },
                "label": int(fake),
                "domain": domain,
                "operation": operation if fake else None,
                "generator": f"{operation}_maker" if fake else None,
                "source_id": f"{split}-{operation}-{number - 1:03d}" if fake else name,
                "group_id": f"{split}-{operation}-{number // 4}",
                "width": SIDE,
                "height": SIDE,
            }
            rows.append(row)
    return rows


def write_set(folder: UPath, splits: tuple[str, ...] = ("train", "test")) -> PublishedSet:
    """A set of one shard a split in `folder`."""
    return publish(folder, [(split, made_rows(split)) for split in splits], 25)


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory) -> PublishedSet:
    return write_set(UPath(tmp_path_factory.mktemp("traced")))
