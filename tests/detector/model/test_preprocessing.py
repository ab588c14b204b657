"""Pictures as the encoders see them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.model.preprocessing import (
    CLIP_MEAN,
    CLIP_STD,
    pad_to_square,
    pixels_for_clip,
    pixels_for_sam,
    tiles,
)


def test_padding_is_centred_and_close_to_nought_for_clip() -> None:
    picture = np.full((10, 30, 3), 200, np.uint8)
    square = pad_to_square(picture)
    assert square.shape == (30, 30, 3)
    assert (square[10:20] == 200).all()
    assert not (square[:10] == 200).any()
    seen = pixels_for_clip(picture, 30)
    assert seen.shape == (3, 30, 30)
    assert seen.dtype == np.float32
    assert np.abs(seen[:, :10]).max() < 0.02


def test_values_are_normalised_by_channel() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (28, 28, 3), dtype=np.uint8)
    wanted = (picture / 255 - np.array(CLIP_MEAN)) / np.array(CLIP_STD)
    np.testing.assert_allclose(pixels_for_clip(picture, 28), wanted.transpose(2, 0, 1), atol=1e-5)
    assert pixels_for_sam(picture, 64).shape == (3, 64, 64)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(8, 96), st.integers(0, 7))
def test_tiles_cover_every_pixel(height: int, width: int, size: int, overlap: int) -> None:
    seen = np.zeros((height, width), int)
    for rows, columns in tiles(height, width, size, overlap):
        assert rows.stop - rows.start == min(size, height)
        assert columns.stop - columns.start == min(size, width)
        seen[rows, columns] += 1
    assert seen.min() >= 1
    starts = sorted({rows.start for rows, _ in tiles(height, width, size, overlap)})
    assert all(b - a <= size - overlap for a, b in pairwise(starts))


def test_overlap_must_leave_something() -> None:
    with pytest.raises(ValueError, match="overlap"):
        list(tiles(10, 10, 4, 4))
