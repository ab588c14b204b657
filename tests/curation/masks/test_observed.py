"""The observed mask: exact where a pair is lossless, blind to codec noise where it is not."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from curation.masks.observed import NoiseFloor, agreement, observe
from schemas.picture import Mask, Pixels
from storage.codecs import Subsampling, decode, encode_jpeg

SIDE = 188


def picture(name: str) -> Pixels:
    pixels: Pixels = getattr(data, name)()[:SIDE, :SIDE]
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    pixels = np.ascontiguousarray(pixels[:, :, :3])
    pixels.setflags(write=False)
    return pixels


def disc(x: int, y: int, radius: int, shape: tuple[int, int] = (SIDE, SIDE)) -> Mask:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.asarray((columns - x) ** 2 + (rows - y) ** 2 <= radius**2)


def edited(source: Pixels, mask: Mask, content: npt.NDArray[np.integer]) -> Pixels:
    forgery = np.array(source)
    forgery[mask] = content[mask]
    return forgery


@pytest.mark.parametrize("name", ["astronaut", "coffee", "page"])
def test_lossless_edit_is_found_to_the_pixel(name: str) -> None:
    source, mask = picture(name), disc(100, 120, 40)
    seen = observe(source, edited(source, mask, source ^ 128), mask)
    assert np.array_equal(seen.mask, mask)
    assert seen.changed_area == mask.mean()
    assert (seen.applied_changed, seen.outside, seen.differing_outside) == (1.0, 0.0, 0)
    assert seen.magnitude > 5


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), density=st.floats(0.02, 0.98))
def test_lossless_mask_adds_only_enclosed_pixels(seed: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    source = rng.integers(0, 255, (24, 31, 3), dtype=np.uint8)
    touched = rng.random((24, 31)) < density
    allowed = rng.random((24, 31)) < 0.9
    seen = observe(source, edited(source, touched, source + 1), allowed)
    added = seen.mask & ~touched
    assert not (touched & ~seen.mask).any()
    assert not (added & ~allowed).any()
    assert not added[[0, -1]].any()
    assert not added[:, [0, -1]].any()
    assert seen.differing_outside == (touched & ~allowed).sum()


def test_one_grey_level_counts_in_a_lossless_pair() -> None:
    source = picture("astronaut")
    forgery = source.copy()
    forgery[7, 9, 2] ^= 1
    seen = observe(source, forgery, None)
    assert np.argwhere(seen.mask).tolist() == [[7, 9]]
    assert 0 < seen.magnitude < 1
    assert (seen.applied_area, seen.applied_changed, seen.outside) == (None, None, None)


def test_pinholes_are_filled_and_islands_are_not() -> None:
    source, mask = picture("coffee"), disc(100, 100, 60)
    touched = mask & ~disc(92, 92, 1) & ~disc(120, 100, 6)
    seen = observe(source, edited(source, touched, source ^ 64), mask)
    assert np.array_equal(seen.mask, mask & ~disc(120, 100, 6))


def test_nothing_changed() -> None:
    source = picture("coffee")
    for noise in NoiseFloor:
        seen = observe(source, source.copy(), disc(99, 99, 9), noise=noise)
        assert not seen.mask.any()
        assert (seen.changed_area, seen.magnitude, seen.applied_changed, seen.outside) == (0,) * 4


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket", "page", "retina"])
@pytest.mark.parametrize(("quality", "sampling"), [(50, "4:2:0"), (75, "4:2:0"), (95, "4:4:4")])
def test_jpeg_noise_is_no_change(name: str, quality: int, sampling: Subsampling) -> None:
    source = picture(name)
    saved = decode(encode_jpeg(source, quality, sampling))
    assert (source != saved).any()
    assert not observe(source, saved, None, noise=NoiseFloor.CODEC).mask.any()


def test_subsampled_colour_of_letters_is_no_change() -> None:
    page = np.full((SIDE, SIDE, 3), 255, np.uint8)
    for row in range(20, SIDE, 60):
        cv2.putText(page, "FORM 150", (10, row), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (200, 20, 30), 2)
    saved = decode(encode_jpeg(page, 90, "4:2:0"))
    assert not observe(page, saved, None, noise=NoiseFloor.CODEC).mask.any()


@pytest.mark.parametrize("name", ["astronaut", "coffee", "page"])
def test_edit_is_found_in_spite_of_jpeg(name: str) -> None:
    source, mask = picture(name), disc(110, 130, 35)
    forgery = decode(encode_jpeg(edited(source, mask, 255 - source), 85, "4:2:0"))
    seen = observe(source, forgery, mask, noise=NoiseFloor.CODEC)
    found = agreement(None, mask, seen.mask).applied_observed
    assert found is not None
    assert found > 0.8
    assert seen.outside is not None
    assert seen.outside < 0.02
    assert seen.differing_outside is None
    assert seen.threshold > 0


def test_edit_outside_the_applied_mask_is_found_in_spite_of_jpeg() -> None:
    source = picture("coffee")
    forgery = edited(source, disc(60, 60, 25) | disc(140, 140, 25), 255 - source)
    saved = decode(encode_jpeg(forgery, 85, "4:2:0"))
    seen = observe(source, saved, disc(60, 60, 25), noise=NoiseFloor.CODEC)
    assert seen.outside == pytest.approx(0.5, abs=0.1)


def test_picture_changed_all_over_is_not_taken_for_noise() -> None:
    source = picture("coffee")
    other = picture("astronaut")
    assert observe(source, other, None, noise=NoiseFloor.CODEC).changed_area > 0.5


def test_sizes_must_match() -> None:
    source = picture("coffee")
    with pytest.raises(ValueError, match="differ in size"):
        observe(source, source[:-1], None)
    with pytest.raises(ValueError, match="applied mask"):
        observe(source, source, np.zeros((3, 3), np.bool_))


def test_agreement() -> None:
    one = np.array([[True, True, False, False]])
    other = np.array([[False, True, True, False]])
    found = agreement(one, other, None)
    assert found.requested_applied == pytest.approx(1 / 3)
    assert (found.requested_observed, found.applied_observed) == (None, None)
    nothing = np.zeros((1, 4), np.bool_)
    assert agreement(nothing, nothing, one).requested_applied == 1.0
    assert agreement(nothing, nothing, one).applied_observed == 0.0
