"""Masks and pictures survive their encoding, and bytes tell how they were made."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from schemas.errors import StorageError
from schemas.picture import Mask, Pixels
from storage.codecs import Subsampling, decode, describe, encode_jpeg, encode_png, estimate_quality
from storage.masks import decode_mask, encode_mask

shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))


@given(hnp.arrays(np.bool_, shapes))
def test_a_mask_comes_back_as_it_was_and_is_one_bit(mask: Mask) -> None:
    data = encode_mask(mask)
    assert np.array_equal(decode_mask(data), mask)
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "1"
        assert image.size == mask.shape[::-1]


@given(shapes.flatmap(lambda shape: hnp.arrays(np.uint8, (*shape, 3))))
def test_png_is_exact_and_stable(pixels: Pixels) -> None:
    data = encode_png(pixels)
    assert np.array_equal(decode(data), pixels)
    assert encode_png(pixels.copy()) == data


@pytest.mark.parametrize("quality", [10, 35, 50, 51, 75, 85, 90, 95, 99])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_the_codec_of_a_jpeg_is_read_from_its_tables(
    quality: int, subsampling: Subsampling
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    with Image.open(io.BytesIO(encode_jpeg(pixels, quality, subsampling))) as image:
        codec = describe(image)
    assert codec.format == "JPEG"
    assert codec.subsampling == subsampling
    assert codec.quality is not None
    assert abs(codec.quality - quality) <= 1
    assert codec.saves == 1
    assert not codec.lossless


def test_quality_stays_within_its_range() -> None:
    assert 1 <= estimate_quality([10_000] * 64) <= 100
    assert estimate_quality([1] * 64) == 100


def test_a_mask_that_is_no_one_bit_png_is_refused() -> None:
    buffer = io.BytesIO()
    Image.new("L", (4, 4)).save(buffer, format="PNG")
    with pytest.raises(StorageError, match="one-bit PNG"):
        decode_mask(buffer.getvalue())
    with pytest.raises(StorageError, match="could not be decoded"):
        decode_mask(b"not a picture")
    with pytest.raises(ValueError, match="2-D bool"):
        encode_mask(np.zeros((3, 3), np.uint8))


def test_decoded_pixels_cannot_be_written_to() -> None:
    pixels = decode(encode_png(np.zeros((4, 4, 3), np.uint8)))
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0] = 1
