"""Fingerprints are imagehash's, and figures of quality move as their names say."""

from __future__ import annotations

from pathlib import Path

import cv2
import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from curation.fingerprints.phash import (
    coefficients,
    fingerprint,
    fingerprints,
    from_hex,
    to_hex,
)
from curation.fingerprints.thumbnails import thumbnail
from curation.quality_figures import quality
from schemas.picture import Pixels
from storage.codecs import decode, encode_jpeg


def photograph(name: str) -> Pixels:
    pixels: Pixels = getattr(data, name)()
    return pixels


def picture(name: str) -> Pixels:
    pixels = photograph(name)
    return np.ascontiguousarray(pixels[:320, :384])


def coffee() -> Pixels:
    return picture("coffee")


def reference(pixels: Pixels) -> int:
    return int(str(imagehash.phash(Image.fromarray(pixels))), 16)


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket"])
def test_fingerprint_is_imagehash_phash_within_two_bits(name: str) -> None:
    pixels = picture(name)
    value = fingerprint(pixels)
    expected = imagehash.phash(Image.fromarray(pixels))
    assert imagehash.hex_to_hash(to_hex(value)) - expected <= 2
    assert (value ^ reference(pixels)).bit_count() <= 2


def test_photographs_have_imagehash_hashes(shared_data: Path) -> None:
    apart = []
    for path in sorted((shared_data / "photos").iterdir())[::4]:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
        apart.append((fingerprint(pixels) ^ reference(pixels)).bit_count())
    assert np.mean(np.less_equal(apart, 2)) >= 0.98
    assert np.mean(np.equal(apart, 0)) >= 0.8


def test_the_bits_depend_on_the_pixels_alone() -> None:
    pixels = coffee()
    value = fingerprint(pixels)
    threads = cv2.getNumThreads()
    try:
        for count in (1, 3):
            cv2.setNumThreads(count)
            assert fingerprint(pixels) == value
    finally:
        cv2.setNumThreads(threads)
    wide = np.zeros((330, 400, 3), np.uint8)
    wide[5:325, 9:393] = pixels
    assert fingerprint(wide[5:325, 9:393]) == value
    assert fingerprint(pixels[::-1, ::-1][::-1, ::-1]) == value
    closed = pixels.copy()
    closed.setflags(write=False)
    assert fingerprint(closed) == value


def test_many_thumbnails_at_once() -> None:
    shown = [picture(name) for name in ("astronaut", "chelsea", "coffee", "rocket")]
    values = fingerprints(np.stack([thumbnail(pixels) for pixels in shown]))
    assert values.dtype == np.uint64
    assert values.tolist() == [fingerprint(pixels) for pixels in shown]


@pytest.mark.parametrize(
    "shape", [(384, 384), (301, 517), (40, 1000), (1500, 33), (31, 20), (1, 1)]
)
def test_thumbnails_are_those_of_pillow(shape: tuple[int, int]) -> None:
    pixels = np.asarray(Image.fromarray(photograph("coffee")).resize(shape[::-1]))
    expected = Image.fromarray(pixels).convert("L").resize((32, 32), Image.Resampling.LANCZOS)
    apart = np.abs(thumbnail(pixels).astype(int) - np.asarray(expected))
    assert apart.max() <= 3
    assert apart.mean() < 0.5


@given(
    st.tuples(st.integers(1, 700), st.integers(1, 700)),
    st.tuples(*[st.integers(0, 255)] * 3),
)
@settings(max_examples=30, deadline=None)
def test_a_picture_of_one_colour_has_nothing_but_its_mean(
    shape: tuple[int, int], colour: tuple[int, int, int]
) -> None:
    small = thumbnail(np.full((*shape, 3), colour, np.uint8))
    assert np.ptp(small) == 0
    frequencies = coefficients(small[None])
    assert np.count_nonzero(frequencies) == (small[0, 0] > 0)
    assert fingerprints(small[None])[0] == (np.uint64(1 << 63) if small[0, 0] else 0)


@given(st.integers(0, 2**64 - 1))
def test_hex_round_trip(value: int) -> None:
    assert from_hex(to_hex(value)) == value
    assert int(np.uint64(value)) == value


def test_hex_refuses_what_is_no_fingerprint() -> None:
    with pytest.raises(ValueError, match="64 bits"):
        to_hex(1 << 64)
    with pytest.raises(ValueError, match="16 hex digits"):
        from_hex("abc")


def test_blur_lowers_sharpness_and_noise() -> None:
    sharp, blurred = (
        quality(coffee()),
        quality(cv2.GaussianBlur(coffee(), (0, 0), 2).astype(np.uint8)),
    )
    assert blurred.sharpness < sharp.sharpness / 4
    assert blurred.noise < sharp.noise
    assert blurred.brightness == pytest.approx(sharp.brightness, abs=1)


@pytest.mark.parametrize("sigma", [2.0, 5.0, 10.0])
def test_noise_is_measured_in_grey_levels(sigma: float) -> None:
    grey = 128 + np.random.default_rng(1).normal(0, sigma, (256, 256, 1)).round()
    assert quality(np.repeat(grey, 3, axis=2).astype(np.uint8)).noise == pytest.approx(sigma, 0.05)


def test_blockiness_rises_as_jpeg_quality_falls() -> None:
    values = [quality(decode(encode_jpeg(coffee(), q, "4:2:0"))).blockiness for q in (95, 50, 15)]
    assert values == sorted(values)
    assert values[2] > 1
    assert abs(quality(coffee()).blockiness) < 0.3


def test_constant_and_tiny_pictures() -> None:
    flat = quality(np.full((9, 5, 3), 77, np.uint8))
    assert (flat.sharpness, flat.brightness, flat.contrast) == (0, 77, 0)
    assert (flat.noise, flat.blockiness) == (0, 0)
    with pytest.raises(ValueError, match="too small"):
        quality(np.zeros((2, 9, 3), np.uint8))
