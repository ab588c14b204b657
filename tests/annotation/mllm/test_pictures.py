"""Pictures are shown as they are stored, whole, in tiles that cover them, and around a region."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.mllm.pictures import grid_of, region_views, spoken, views
from schemas.errors import StorageError
from storage.codecs import decode, encode_jpeg, encode_png
from tests.annotation.mllm.conversing import format_of, noise, size_of


@pytest.mark.parametrize(
    "image", [encode_png(noise(40, 30)), encode_jpeg(noise(40, 30), 60, "4:2:0")]
)
def test_stored_bytes_are_shown_where_nothing_is_scaled(image: bytes) -> None:
    (view,) = views(image, longest_side=40, tile=40)
    assert view.image == image
    assert spoken((view,)) == ""


@pytest.mark.parametrize(("lossless", "form"), [(True, "PNG"), (False, "JPEG")])
def test_what_is_scaled_keeps_its_kind(lossless: bool, form: str) -> None:
    pixels = noise(80, 60)
    image = encode_png(pixels) if lossless else encode_jpeg(pixels, 60, "4:2:0")
    (view,) = views(image, longest_side=20)
    assert size_of(view.image) == (20, 15)
    assert format_of(view.image) == form
    assert spoken((view,)) == "Picture 1: all of it, scaled down to 25 % of its width and height."


def test_tiles_have_the_pictures_own_pixels() -> None:
    pixels = noise(300, 200)
    shown = views(encode_png(pixels), tile=128)
    assert size_of(shown[0].image) == (128, 85)
    grid = grid_of(300, 200, 128, 9)
    assert (grid.scale, len(grid.tiles)) == (1.0, 6)
    for view, (left, top, right, bottom) in zip(shown[1:], grid.tiles, strict=True):
        assert np.array_equal(decode(view.image), pixels[top:bottom, left:right])
    said = spoken(shown).splitlines()
    assert said[0].startswith("You are shown 7 pictures")
    assert said[2] == "Picture 2: the part of it in the upper left (x 0–43 %, y 0–64 %)."


def test_the_same_picture_is_shown_alike() -> None:
    image = encode_jpeg(noise(300, 200), 90, "4:4:4")
    assert views(image, 250, 128) == views(image, 250, 128)


@given(
    width=st.integers(1, 3000),
    height=st.integers(1, 3000),
    tile=st.integers(128, 1024),
    most=st.integers(1, 64),
)
def test_tiles_cover_the_picture_and_keep_within_their_number(
    width: int, height: int, tile: int, most: int
) -> None:
    grid = grid_of(width, height, tile, most)
    size = round(width * grid.scale) or 1, round(height * grid.scale) or 1
    assert 1 <= len(grid.tiles) <= most
    for axis in (0, 1):
        spans = sorted({(box[axis], box[axis + 2]) for box in grid.tiles})
        assert spans[0][0] == 0
        assert spans[-1][1] == size[axis]
        for (_, end), (start, _) in itertools.pairwise(spans):
            assert end - start >= tile // 8 - 1
    assert all(0 < box[2] - box[0] <= tile and 0 < box[3] - box[1] <= tile for box in grid.tiles)


def test_few_tiles_are_of_a_smaller_version_and_say_so() -> None:
    shown = views(encode_png(noise(600, 600)), tile=128, most_tiles=4)
    assert len(shown) == 5
    assert "scaled down to 40 %" in shown[1].what
    (alone,) = views(encode_png(noise(600, 600)), tile=128, most_tiles=1)
    assert size_of(alone.image) == (128, 128)


def test_a_region_is_outlined_and_cut_out() -> None:
    pixels = noise(900, 700)
    region = np.zeros((700, 900), np.bool_)
    region[10:60, 800:900] = True
    region[500:640, 100:300] = True
    outlined, *cuts = region_views(encode_png(pixels), region)
    drawn = decode(outlined.image)
    changed = (drawn != pixels).any(axis=2)
    assert changed.any()
    assert not changed[region].any()
    assert np.array_equal(np.unique(drawn[changed], axis=0), [[255, 0, 255]])
    assert [size_of(cut.image) for cut in cuts] == [(400, 280), (256, 256)]
    assert np.array_equal(decode(cuts[0].image), pixels[420:700, 0:400])
    assert cuts[1].what.startswith("the region and what lies around it, in the upper right")


def test_a_region_that_is_nearly_all_is_not_cut_out() -> None:
    image = encode_png(noise(100, 100))
    assert len(region_views(image, np.ones((100, 100), np.bool_))) == 1
    assert region_views(image, np.zeros((100, 100), np.bool_)) == ()


def test_one_pixel_is_still_outlined_in_a_small_version() -> None:
    region = np.zeros((800, 800), np.bool_)
    region[400, 400] = True
    outlined, *_ = region_views(encode_png(noise(800, 800)), region, longest_side=100)
    assert (decode(outlined.image) == (255, 0, 255)).all(axis=2).any()


def test_what_cannot_be_read_or_does_not_fit() -> None:
    with pytest.raises(StorageError):
        views(b"no picture")
    with pytest.raises(ValueError, match="its image's size"):
        region_views(encode_png(noise(8, 8)), np.ones((4, 4), np.bool_))
