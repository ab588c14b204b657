"""Tiles depend on the pixels alone, fit into a few hundred bytes, and need something to see."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.crops.tiles import HALF, MOST, SIDE, Tiles, tiles
from schemas.errors import StorageError
from tests.curation.crops.pictures import NAMES, picture, saved_again


@pytest.mark.parametrize("name", NAMES)
def test_a_photograph_has_tiles_that_lie_within_it(name: str) -> None:
    found = tiles(picture(name))
    assert 12 <= len(found) <= MOST
    assert max(found.width, found.height) == SIDE
    reach = HALF * found.sigmas
    # Places are kept to a pixel, sizes to a 24th of an octave.
    assert (found.centres[:, 0] - reach > -2).all()
    assert (found.centres[:, 0] + reach < found.width + 2).all()
    assert (found.centres[:, 1] - reach > -2).all()
    assert (found.centres[:, 1] + reach < found.height + 2).all()


def test_same_pixels_give_same_bytes_whatever_the_threads_and_the_memory() -> None:
    pixels = picture("coffee")
    packed = tiles(pixels).pack()
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(3)
        assert tiles(np.asfortranarray(pixels)).pack() == packed
        cv2.setNumThreads(1)
        assert tiles(pixels.copy()).pack() == packed
    finally:
        cv2.setNumThreads(threads)


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 2), (40, 3000), (17, 23), (300, 200)])
@pytest.mark.parametrize("fill", ["plain", "ramp", "faint noise"])
def test_where_nothing_is_to_be_seen_there_are_no_tiles(shape: tuple[int, int], fill: str) -> None:
    width = shape[1]
    grey: npt.NDArray[np.float64] = np.full(shape, 120.0)
    if fill == "ramp":
        grey = grey + np.linspace(0, 90, width)
    elif fill == "faint noise":
        grey = grey + np.random.default_rng(3).normal(0, 0.7, shape)
    pixels = np.repeat(np.rint(grey).astype(np.uint8)[..., None], 3, axis=2)
    assert len(tiles(pixels)) == 0


@pytest.mark.parametrize("name", ["china", "astronaut", "rocket"])
def test_most_hashes_outlive_compression_and_resizing(name: str) -> None:
    before = tiles(picture(name))
    after = tiles(saved_again(picture(name), np.random.default_rng(5)))
    distance = np.bitwise_count(before.hashes[:, None] ^ after.hashes[None]).min(axis=1)
    assert (distance <= 8).mean() > 0.6


def test_hashes_of_different_things_are_far_apart() -> None:
    one, other = tiles(picture("china")), tiles(picture("coffee"))
    distance = np.bitwise_count(one.hashes[:, None] ^ other.hashes[None])
    assert distance.min() > 8
    assert 28 < distance.mean() < 36


def test_brightness_and_contrast_do_not_matter() -> None:
    pixels = picture("chelsea")
    darker = np.rint(pixels * 0.6 + 30).astype(np.uint8)
    before, after = tiles(pixels), tiles(darker)
    assert len(np.intersect1d(before.hashes, after.hashes)) > MOST / 4


@given(
    st.lists(
        st.tuples(st.integers(0, 2**64 - 1), *[st.integers(0, 255)] * 3), min_size=0, max_size=MOST
    ),
    st.integers(1, SIDE),
    st.integers(1, SIDE),
)
def test_packing_round_trip(rows: list[tuple[int, int, int, int]], width: int, height: int) -> None:
    hashes = np.array([row[0] for row in rows], np.uint64)
    x, y, size = np.array([row[1:] for row in rows], np.uint8).reshape(-1, 3).T
    before = Tiles(width, height, hashes, x, y, size)
    packed = before.pack()
    assert len(packed) == 6 + 11 * len(rows) <= 534
    after = Tiles.unpack(packed)
    assert after.pack() == packed
    assert (after.width, after.height) == (width, height)
    assert after.hashes.tolist() == hashes.tolist()
    assert after.centres.tolist() == before.centres.tolist()
    assert after.sigmas.tolist() == before.sigmas.tolist()


@pytest.mark.parametrize("spoil", [lambda b: b[:-1], lambda b: b"\x07" + b[1:], lambda b: b""])
def test_other_bytes_are_refused(spoil: Callable[[bytes], bytes]) -> None:
    packed = tiles(picture("flower")).pack()
    with pytest.raises(StorageError, match="compute them anew"):
        Tiles.unpack(spoil(packed))
