"""Registration: the transform is found, trusted only where it can be, and applied both ways."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from skimage import data

from benchmarks.edited_pairs import FRAMES, make_pair, soft_jpeg
from curation.masks.registration import Registration, align, place, register, warp
from schemas.picture import Pixels


def picture(name: str, height: int = 240, width: int = 320) -> Pixels:
    pixels = np.asarray(getattr(data, name)())[:, :, :3]
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def off(found: Registration, truth: npt.NDArray[np.float64], shape: tuple[int, ...]) -> float:
    """How far the found transform carries a corner from where it belongs, px."""
    right, bottom = shape[1] - 1, shape[0] - 1
    corners = np.array([[0, 0, 1], [right, 0, 1], [0, bottom, 1], [right, bottom, 1]]).T
    return float(np.linalg.norm((found.matrix - truth) @ corners, axis=0).max())


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
def test_transform_is_found_in_spite_of_the_edit(name: str, frame: str) -> None:
    source = picture(name)
    pair = make_pair(source, picture("rocket"), "paste", soft_jpeg, frame, seed=5)
    found = register(source, pair.image)
    assert found.confident
    assert found.size == pair.image.shape[:2]
    assert found.moved == (frame != "same")
    assert off(found, pair.matrix, source.shape) < 0.4


def test_picture_that_did_not_move_is_not_interpolated() -> None:
    source = picture("coffee")
    found = register(source, soft_jpeg(source, np.random.default_rng(1)))
    assert found.identity
    moved, shown = warp(source, found)
    assert np.array_equal(moved, source)
    assert shown.all()


@pytest.mark.parametrize(
    ("turn", "zoom", "shift"), [(2.0, 1.0, (3.0, -2.0)), (0.0, 1.15, (0.0, 4.0)), (0, 1, (30, -20))]
)
def test_turned_zoomed_and_far_shifted_pictures_are_found(
    turn: float, zoom: float, shift: tuple[float, float]
) -> None:
    source = picture("astronaut")
    truth = np.asarray(cv2.getRotationMatrix2D((159.5, 119.5), turn, zoom), np.float64)
    truth[:, 2] += shift
    image = cv2.warpAffine(source, truth, (320, 240), borderMode=cv2.BORDER_REFLECT_101)
    found = register(source, np.asarray(image, np.uint8))
    assert found.confident
    assert off(found, truth, source.shape) < 0.3


def test_where_nothing_can_be_told_it_says_so() -> None:
    flat = np.full((240, 320, 3), 120, np.uint8)
    tiles = (np.indices((240, 320)).sum(axis=0) // 8 % 2 * 180 + 30).astype(np.uint8)
    board = np.repeat(tiles[:, :, None], 3, axis=2)
    assert not register(flat, flat).confident
    assert not register(board, np.roll(board, 5, axis=1)).confident
    assert not register(picture("coffee"), picture("astronaut")).confident


def test_aligning_undoes_warping() -> None:
    source = cv2.GaussianBlur(picture("coffee"), (0, 0), 2).astype(np.uint8)
    pair = make_pair(source, source, "none", lambda pixels, rng: pixels, "stretched", seed=3)
    found = register(source, pair.image)
    back, shown = align(pair.image, found)
    assert back.shape == source.shape
    assert shown.mean() > 0.9
    inner = cv2.erode(shown.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert np.abs(back.astype(int) - source)[inner].mean() < 1.5


def test_warping_says_where_the_source_shows() -> None:
    source = picture("chelsea")
    matrix = np.array([[1.0, 0.0, 10.0], [0.0, 1.0, 0.0]])
    where = Registration(matrix, (240, 320), (240, 320), True, 1.0, 0.0, 0.0, True)
    moved, shown = warp(source, where)
    assert not shown[:, :10].any()
    assert shown[:, 10:].all()
    assert np.array_equal(moved[:, 10:], source[:, :-10])
    mask = np.zeros((240, 320), np.bool_)
    mask[100:120, 300:] = True
    assert np.array_equal(place(mask, where)[:, 10:], mask[:, :-10])
    assert not place(mask, where)[:, :10].any()


def test_inputs_are_not_changed_and_results_do_not_vary() -> None:
    source = picture("astronaut")
    image = np.roll(source, 4, axis=1)
    source.setflags(write=False)
    image.setflags(write=False)
    one, other = register(source, image), register(source, image)
    assert np.array_equal(one.matrix, other.matrix)
    assert (one.agreement, one.error, one.ambiguity) == (
        other.agreement,
        other.error,
        other.ambiguity,
    )
