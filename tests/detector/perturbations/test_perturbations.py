"""Perturbations do what they say, leave their input alone, repeat, and move masks with pixels."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from detector.perturbations import operations
from detector.perturbations.grid import (
    PERTURBATIONS,
    PERTURBATIONS_BY_NAME,
    Perturbation,
    grid,
    perturb,
)
from schemas.errors import DatasetError
from schemas.picture import Pixels

EVERY = list(grid())


def picture(height: int = 48, width: int = 64) -> Pixels:
    """Colours that run across it, with texture; read-only."""
    rng = np.random.default_rng(5)
    across = np.linspace(30, 200, width)[None, :, None] * np.array([1, 0.7, 0.4])
    pixels = across + np.linspace(0, 50, height)[:, None, None]
    made: Pixels = (pixels + rng.normal(0, 3, pixels.shape)).clip(0, 255).astype(np.uint8)
    made.setflags(write=False)
    return made


def distance(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


@pytest.mark.parametrize(("name", "level"), EVERY)
def test_every_level_repeats_and_keeps_to_the_contract(name: str, level: float) -> None:
    pixels, mask = picture(), np.zeros((48, 64), np.bool_)
    mask[10:30, 20:50] = True
    mask.setflags(write=False)
    before = pixels.copy()

    first = perturb(name, level, pixels, "one", (mask,))
    again = perturb(name, level, pixels, "one", (mask,))

    assert first.pixels.dtype == np.uint8
    assert first.pixels.shape == (*first.masks[0].shape, 3)
    assert first.masks[0].dtype == np.bool_
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(pixels, before)
    moves = PERTURBATIONS_BY_NAME[name].move is not None
    assert moves == (first.pixels.shape != pixels.shape)
    if not moves:
        assert 0 < distance(first.pixels, pixels) < 128
        assert np.array_equal(first.masks[0], mask)


def test_the_grid_holds_the_published_levels() -> None:
    levels = {one.name: one.levels for one in PERTURBATIONS}
    assert list(levels["jpeg"]) == [50, 60, 70, 80, 90, 100]
    assert list(levels["gaussian_blur"]) == [3, 7, 11, 15, 19, 23]
    assert list(levels["gaussian_noise"]) == [3, 7, 11, 15, 19, 23]
    named = "jpeg gaussian_blur gaussian_noise resize brightness contrast saturation webp"
    assert " ".join(levels) == named
    assert all(one.source and one.unit for one in PERTURBATIONS)
    assert list(grid(("webp", "jpeg")))[:1] == [("jpeg", 50)]
    assert len(EVERY) == len(set(EVERY)) == sum(len(one.levels) for one in PERTURBATIONS)


@pytest.mark.parametrize("one", PERTURBATIONS, ids=lambda one: one.name)
def test_at_the_identity_nothing_changes(one: Perturbation) -> None:
    pixels = picture()
    if one.identity is None:
        assert distance(perturb(one.name, 100, pixels, "one").pixels, pixels) < 4
    else:
        assert np.array_equal(perturb(one.name, one.identity, pixels, "one").pixels, pixels)


@pytest.mark.parametrize(
    ("name", "gentle", "harsh"),
    [
        ("jpeg", 100, 50),
        ("webp", 100, 50),
        ("gaussian_blur", 3, 23),
        ("gaussian_noise", 3, 23),
        ("brightness", 1.25, 2.0),
        ("contrast", 1.25, 2.0),
        ("saturation", 1.5, 2.0),
    ],
)
def test_harsher_levels_change_more(name: str, gentle: float, harsh: float) -> None:
    pixels = picture()
    less, more = (perturb(name, level, pixels, "one").pixels for level in (gentle, harsh))
    assert distance(less, pixels) < distance(more, pixels)


def test_noise_has_its_variance_and_is_each_pictures_own() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    noise = perturb("gaussian_noise", 23, grey, "one").pixels.astype(float) - 128
    # Rounding to whole grey levels adds 1/12.
    assert noise.var() == pytest.approx(23 + 1 / 12, rel=0.03)
    assert abs(noise.mean()) < 0.05
    other = perturb("gaussian_noise", 23, grey, "two").pixels.astype(float) - 128
    assert abs(np.corrcoef(noise.ravel(), other.ravel())[0, 1]) < 0.02
    assert np.array_equal(
        operations.gaussian_noise(grey, 3, 7), operations.gaussian_noise(grey, 3, 7)
    )


def test_blur_has_the_deviation_of_its_window() -> None:
    point = np.zeros((41, 41, 3), np.uint8)
    point[20, 20] = 255
    wide = np.zeros((41, 41, 3), np.uint8)
    wide[:, 20:] = 200
    assert operations.gaussian_blur(point, 3)[20, 20, 0] == round(255 / 4)
    profile = np.diff(operations.gaussian_blur(wide, 11)[20, :, 0].astype(float))
    places = np.arange(profile.size)
    spread = np.sqrt((profile * (places - 19) ** 2).sum() / profile.sum())
    assert spread == pytest.approx(0.3 * (5 - 1) + 0.8, rel=0.05)
    with pytest.raises(ValueError, match="odd"):
        operations.gaussian_blur(wide, 4)


@pytest.mark.parametrize(
    ("name", "enhancer"),
    [
        ("brightness", ImageEnhance.Brightness),
        ("contrast", ImageEnhance.Contrast),
        ("saturation", ImageEnhance.Color),
    ],
)
@pytest.mark.parametrize("factor", [0.5, 1.5, 2.0])
def test_tones_are_those_of_pillow_but_for_rounding(
    name: str, enhancer: type, factor: float
) -> None:
    pixels = picture()
    theirs = np.asarray(enhancer(Image.fromarray(pixels)).enhance(factor))
    ours = perturb(name, factor, pixels, "one").pixels
    assert np.abs(theirs.astype(int) - ours.astype(int)).max() <= 2


def test_without_saturation_a_picture_is_grey() -> None:
    grey = perturb("saturation", 0, picture(), "one").pixels
    assert (grey.max(axis=2) == grey.min(axis=2)).all()


def test_jpeg_is_what_its_file_holds() -> None:
    pixels = picture()
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="JPEG", quality=70, subsampling=2)
    expected = np.asarray(Image.open(buffer))
    assert np.array_equal(operations.jpeg(pixels, 70), expected)


@settings(deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from([0.01, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0]),
)
def test_a_mask_stays_on_what_it_marks(height: int, width: int, factor: float) -> None:
    mask = np.zeros((height, width), np.bool_)
    mask[: height // 2] = True
    pixels: npt.NDArray[np.uint8] = np.where(mask[..., None], 200, 20).astype(np.uint8)
    moved = perturb("resize", factor, np.repeat(pixels, 3, axis=2), "one", (mask,))
    found, there = moved.masks[0], moved.pixels[..., 0] > 110
    assert (
        found.shape
        == there.shape
        == (max(1, round(height * factor)), max(1, round(width * factor)))
    )
    # At most the row on the border may round to the other side.
    assert (found != there).any(axis=1).sum() <= 1


def test_what_is_unknown_or_impossible_is_said() -> None:
    with pytest.raises(
        DatasetError, match="no perturbation 'sepia'; known are jpeg, gaussian_blur"
    ):
        perturb("sepia", 1, picture(), "one")
    with pytest.raises(ValueError, match="positive"):
        perturb("resize", 0, picture(), "one")
