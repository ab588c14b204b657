"""Masks in Label Studio's code: the SDK's bytes, and everything read back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from label_studio_sdk.converter import brush

from annotation.label_studio.brush import clean_regions, decode_brush, encode_brush
from annotation.label_studio.errors import ReviewError
from schemas.picture import Mask

# Its functions are untyped.
sdk: Any = brush

_MASKS = arrays.arrays(
    np.bool_, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.booleans()
)


def _blocks(height: int, width: int) -> Mask:
    mask = np.zeros((height, width), dtype=np.bool_)
    mask[height // 4 : height // 2, width // 3 :] = True
    return mask


@settings(max_examples=60, deadline=None)
@given(_MASKS)
def test_the_code_is_the_sdks_byte_for_byte(mask: Mask) -> None:
    assert encode_brush(mask) == sdk.mask2rle(mask.astype(np.uint8) * 255)


@pytest.mark.parametrize(
    "mask",
    [
        np.zeros((300, 301), dtype=np.bool_),
        np.ones((256, 256), dtype=np.bool_),
        np.ones((128, 128), dtype=np.bool_),
        _blocks(333, 512),
        np.ones((1, 64), dtype=np.bool_),
    ],
    ids=["empty", "four whole runs", "one whole run", "blocks", "a short run"],
)
def test_long_runs_are_split_as_the_sdk_splits_them(mask: Mask) -> None:
    code = encode_brush(mask)
    assert code == sdk.mask2rle(mask.astype(np.uint8) * 255)
    np.testing.assert_array_equal(decode_brush(code, *mask.shape), mask)


@settings(max_examples=60, deadline=None)
@given(_MASKS)
def test_a_mask_survives(mask: Mask) -> None:
    np.testing.assert_array_equal(decode_brush(encode_brush(mask), *mask.shape), mask)


def _literal(values: npt.NDArray[np.uint8]) -> list[int]:
    """A code as a browser writes it where colours differ from byte to byte: values as they are."""
    bits = f"{values.size:032b}{7:05b}" + "".join(f"{size - 1:04b}" for size in (3, 4, 8, 16))
    for start in range(0, values.size, 256):
        piece = values[start : start + 256]
        bits += f"0{2:02b}{piece.size - 1:08b}" + "".join(f"{value:08b}" for value in piece)
    bits += "0" * (-len(bits) % 8)
    return [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]


def test_what_a_browser_writes_is_read_as_the_sdk_reads_it() -> None:
    rng = np.random.default_rng(3)
    values = rng.integers(0, 256, 20 * 30 * 4, dtype=np.uint8)
    code = _literal(values)
    np.testing.assert_array_equal(sdk.decode_rle(code), values)
    alpha = values.reshape(20, 30, 4)[..., 3]
    np.testing.assert_array_equal(decode_brush(code, 20, 30), alpha >= 128)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-2, 300), max_size=60))
def test_hostile_codes_are_refused_with_a_reason(code: list[int]) -> None:
    with pytest.raises(ReviewError, match="brush region"):
        decode_brush(code, 30, 30)


@given(st.integers(0, 200))
def test_a_code_that_breaks_off_is_refused(kept: int) -> None:
    rng = np.random.default_rng(4)
    code = encode_brush(rng.random((20, 20)) < 0.5)
    with pytest.raises(ReviewError, match="brush region"):
        decode_brush(code[: min(kept, len(code) - 3)], 20, 20)


def test_another_size_is_refused() -> None:
    with pytest.raises(ReviewError, match="not of a picture of 30 x 20"):
        decode_brush(encode_brush(_blocks(20, 20)), 20, 30)


def test_specks_go_and_the_five_largest_regions_stay() -> None:
    mask = np.zeros((200, 200), dtype=np.bool_)
    for index in range(7):
        mask[10 + 20 * index : 14 + 21 * index, 10:30] = True
    mask[190, 190] = True
    regions = clean_regions(mask)
    assert len(regions) == 5
    areas = [int(region.sum()) for region in regions]
    assert areas == sorted(areas, reverse=True)
    assert not any(region[190, 190] for region in regions)
    assert all(not (region & ~mask).any() for region in regions)


def test_noise_alone_leaves_nothing() -> None:
    mask = np.zeros((50, 50), dtype=np.bool_)
    mask[::7, ::7] = True
    assert clean_regions(mask) == []
