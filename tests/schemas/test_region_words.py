"""Regions are named by where their box lies."""

from __future__ import annotations

import numpy as np
import pytest

from schemas.annotation import Region
from schemas.region_words import bounding_region, place


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (Region(0.12, 0.55, 0.4, 0.9), "in the lower left (x 12–40 %, y 55–90 %)"),
        (Region(0.4, 0.4, 0.6, 0.6), "in the centre (x 40–60 %, y 40–60 %)"),
        (Region(0.7, 0.0, 1.0, 0.2), "in the upper right (x 70–100 %, y 0–20 %)"),
        (Region(0.0, 0.8, 1.0, 1.0), "across the bottom of the picture (x 0–100 %, y 80–100 %)"),
        (Region(0.8, 0.0, 1.0, 1.0), "down the right of the picture (x 80–100 %, y 0–100 %)"),
        (Region(0.0, 0.0, 1.0, 0.9), "over most of the picture (x 0–100 %, y 0–90 %)"),
    ],
)
def test_place(region: Region, words: str) -> None:
    assert place(region) == words


def test_bounding_region_covers_the_last_pixel() -> None:
    region = np.zeros((10, 20), dtype=np.bool_)
    region[5:, 15:] = True
    assert bounding_region(region) == Region(0.75, 0.5, 1.0, 1.0)


def test_an_empty_region_has_no_box() -> None:
    with pytest.raises(ValueError, match="empty"):
        bounding_region(np.zeros((4, 4), dtype=np.bool_))
