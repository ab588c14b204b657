"""Grain: as strong as around, inside the hole alone."""

from __future__ import annotations

import numpy as np

from generators.grain import add_grain
from generators.placement import ring
from tests.generators.pictures import flat


def test_grain_is_as_strong_as_around() -> None:
    rng = np.random.default_rng(0)
    pixels = np.clip(rng.normal(128, 6, (96, 96, 3)).round(), 0, 255).astype(np.uint8)
    hole = np.zeros((96, 96), np.bool_)
    hole[32:64, 32:64] = True
    smooth = pixels.copy()
    smooth[hole] = 128
    grained, sigma = add_grain(smooth, hole, pixels, ring(hole, 14), np.random.default_rng(1))
    assert 4 < sigma < 8
    assert 4 < grained[hole].astype(float).std() < 8.5
    assert np.array_equal(grained[~hole], smooth[~hole])


def test_on_a_flat_picture_there_is_no_grain_to_match() -> None:
    pixels = flat(64, 64)
    hole = np.zeros((64, 64), np.bool_)
    hole[20:32, 20:32] = True
    grained, sigma = add_grain(pixels, hole, pixels, ring(hole, 14), np.random.default_rng(1))
    assert sigma == 0
    assert np.array_equal(grained, pixels)
