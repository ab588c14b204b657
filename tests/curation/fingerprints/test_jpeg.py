"""Averages of JPEG blocks are what libjpeg makes of them, and unsound files are left to others."""

from __future__ import annotations

import io
from itertools import count
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from curation.fingerprints import jpeg
from curation.fingerprints.files import fingerprint_file
from schemas.picture import Pixels


def photograph(name: str) -> Pixels:
    pixels: Pixels = getattr(data, name)()
    return pixels


def encoded(pixels: Pixels, mode: str = "RGB", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def eighth(data: bytes) -> Any:
    coded = np.frombuffer(data, np.uint8)
    return cv2.imdecode(coded, cv2.IMREAD_REDUCED_GRAYSCALE_8 | cv2.IMREAD_IGNORE_ORIENTATION)


@pytest.mark.parametrize("size", [(400, 600), (333, 391), (8, 8), (17, 1), (1, 33)])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"quality": 100, "subsampling": 0},
        {"quality": 3, "subsampling": 2, "optimize": True},
        {"subsampling": 1, "restart_marker_blocks": 7},
        {"subsampling": 2, "restart_marker_rows": 1},
        {"progressive": True, "quality": 90},
        {"progressive": True, "subsampling": 0, "restart_marker_blocks": 11},
        {"mode": "L"},
        {"mode": "L", "progressive": True},
    ],
    ids=str,
)
def test_block_averages_are_libjpegs(size: tuple[int, int], options: dict[str, Any]) -> None:
    averages = pytest.importorskip("curation.fingerprints.jpeg_averages", exc_type=ImportError)
    height, width = size
    pixels = np.array(photograph("coffee")[:height, :width])
    noise = np.random.default_rng(2).integers(0, 256, pixels.shape[:2])
    pixels[:, : width // 3, 1] = noise[:, : width // 3]
    file = encoded(pixels, **options)
    found = averages.block_averages(file, height, width)
    np.testing.assert_array_equal(found, eighth(file))


@pytest.mark.parametrize(
    "options", [{"mode": "CMYK"}, {"keep_rgb": True, "subsampling": 0}], ids=str
)
def test_rare_files_are_left_to_a_whole_decoder(options: dict[str, Any]) -> None:
    averages = pytest.importorskip("curation.fingerprints.jpeg_averages", exc_type=ImportError)
    assert averages.block_averages(encoded(photograph("coffee"), **options), 400, 600) is None


def test_cut_off_files_are_not_sound() -> None:
    averages = pytest.importorskip("curation.fingerprints.jpeg_averages", exc_type=ImportError)
    for options in ({}, {"progressive": True}, {"restart_marker_rows": 1}):
        file = encoded(photograph("coffee"), **options)
        for end in range(0, len(file) - 99, len(file) // 40):
            assert averages.block_averages(file[:end], 400, 600) is None
            # Of a progressive file the first scan is read, which may be whole.
            if "progressive" not in options:
                assert averages.block_averages(file[:end] + b"\xff\xd9", 400, 600) is None
        assert averages.block_averages(file, 400, 599) is None
        assert averages.block_averages(file + b"more", 400, 600) is not None


@given(
    st.booleans(), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=9)
)
@settings(max_examples=200, deadline=None)
def test_damaged_files_do_no_harm(progressive: bool, damage: list[tuple[float, int]]) -> None:
    averages = pytest.importorskip("curation.fingerprints.jpeg_averages", exc_type=ImportError)
    file = bytearray(encoded(photograph("coffee")[:64, :80], progressive=progressive))
    for place, byte in damage:
        file[int(place * (len(file) - 1))] = byte
    found = averages.block_averages(bytes(file), 64, 80)
    assert found is None or found.shape == (8, 10)


def test_both_ways_give_the_same_fingerprints(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    files = [
        encoded(pixels, quality=quality)
        for pixels in (photograph("coffee"), photograph("astronaut"), photograph("rocket"))
        for quality in (30, 90)
    ]
    monkeypatch.setattr(jpeg, "_decoded", count())
    first = [fingerprint_file(file) for file in files]
    monkeypatch.setattr(jpeg, "_decoded", count(jpeg._WORTH_COMPILING))
    asked: list[bytes] = []
    compiled = jpeg._compiled()
    assert compiled is not None

    def noted(data: bytes, height: int, width: int) -> Any:
        asked.append(data)
        return compiled(data, height, width)

    monkeypatch.setattr(jpeg, "_compiled", lambda: noted)
    assert [fingerprint_file(file) for file in files] == first
    assert len(asked) == len(files)


def test_scaling_leaves_enough_to_see() -> None:
    assert [jpeg.scaling(side, 5000) for side in (1, 79, 80, 159, 160, 319, 320, 4000)] == [
        1, 1, 2, 2, 4, 4, 8, 8,
    ]  # fmt: skip
