"""Fingerprints are imagehash's, and figures of quality move as their names say."""

from __future__ import annotations

import cv2
import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from curation.fingerprints.phash import fingerprint, from_hex, to_hex
from curation.quality_figures import quality
from schemas.picture import Pixels
from storage.codecs import decode, encode_jpeg


def picture(name: str) -> Pixels:
    pixels: Pixels = getattr(data, name)()
    return np.ascontiguousarray(pixels[:320, :384])


def coffee() -> Pixels:
    return picture("coffee")


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket"])
def test_fingerprint_is_imagehash_phash(name: str) -> None:
    pixels = picture(name)
    value = fingerprint(pixels)
    expected = imagehash.phash(Image.fromarray(pixels))
    assert to_hex(value) == str(expected)
    assert imagehash.hex_to_hash(to_hex(value)) == expected


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
