"""Removal: the hole is filled from its surroundings, the rest stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.grain import add_grain
from generators.patch_inpainting import complete
from generators.placement import ring
from generators.registry import create
from schemas.job import Forgery, Rejection
from schemas.picture import Mask
from tests.generators.pictures import flat, make_job, make_picture, noise, photograph


def hole_in(height: int, width: int) -> Mask:
    hole = np.zeros((height, width), np.bool_)
    hole[height // 3 : height // 2, width // 3 : width // 2] = True
    return hole


@pytest.mark.parametrize("method", ["telea", "navier_stokes", "patch"])
def test_each_method_fills_the_hole_and_nothing_else(method: str) -> None:
    source = make_picture(photograph("coffee"))
    hole = hole_in(*source.pixels.shape[:2])
    job = make_job(source, "inpaint_remove", mask=hole)
    (answer,) = create("inpaint_remove", {"method": method}).forge([job])
    assert isinstance(answer, Forgery)
    assert answer.parameters["method"] == method
    assert answer.applied is not None
    assert (answer.applied & hole).sum() == hole.sum()
    assert np.array_equal(answer.image[~answer.applied], source.pixels[~answer.applied])
    assert (answer.image != source.pixels).any(axis=2)[hole].mean() > 0.5


def test_patches_continue_a_texture_that_diffusion_blurs() -> None:
    rows, columns = np.mgrid[0:96, 0:96]
    grey = np.where((rows // 4 + columns // 4) % 2, 200, 60).astype(np.uint8)
    pixels = np.repeat(grey[..., None], 3, axis=2)
    hole = np.zeros((96, 96), np.bool_)
    hole[40:60, 40:60] = True
    damaged = pixels.copy()
    damaged[hole] = 0
    filled = complete(damaged, hole)
    error = np.abs(filled[hole].astype(int) - pixels[hole]).mean()
    assert error < 12
    assert np.array_equal(filled[~hole], pixels[~hole])


@settings(max_examples=20, deadline=None)
@given(st.integers(8, 50), st.integers(8, 50), st.integers(0, 1000), st.floats(0.0, 0.95))
def test_any_hole_is_filled_without_touching_the_rest(
    height: int, width: int, seed: int, share: float
) -> None:
    pixels = noise(height, width, seed)
    hole = np.random.default_rng(seed).random((height, width)) < share
    filled = complete(pixels, hole)
    assert filled.shape == pixels.shape
    assert np.array_equal(filled[~hole], pixels[~hole])
    assert np.array_equal(filled, complete(pixels, hole))


@pytest.mark.parametrize(
    ("mask", "reason"),
    [(np.zeros((64, 64), np.bool_), "empty_mask"), (np.ones((64, 64), np.bool_), "mask_too_large")],
)
def test_masks_without_sense_are_refused(mask: Mask, reason: str) -> None:
    job = make_job(make_picture(noise(64, 64)), "inpaint_remove", mask=mask)
    (answer,) = create("inpaint_remove").forge([job])
    assert isinstance(answer, Rejection)
    assert answer.reason == reason


def test_grain_is_as_strong_as_around() -> None:
    rng = np.random.default_rng(0)
    pixels = np.clip(rng.normal(128, 6, (96, 96, 3)).round(), 0, 255).astype(np.uint8)
    hole = np.zeros((96, 96), np.bool_)
    hole[32:64, 32:64] = True
    smooth = pixels.copy()
    smooth[hole] = 128
    grained, sigma = add_grain(smooth, hole, pixels, ring(hole, 14), np.random.default_rng(1))
    assert 4 < sigma < 8
    assert 4 < grained[hole].astype(float).std() < 8.5
    assert np.array_equal(grained[~hole], smooth[~hole])


def test_on_a_flat_picture_there_is_no_grain_to_match() -> None:
    hole = hole_in(64, 64)
    pixels = flat(64, 64)
    grained, sigma = add_grain(pixels, hole, pixels, ring(hole, 14), np.random.default_rng(1))
    assert sigma == 0
    assert np.array_equal(grained, pixels)
