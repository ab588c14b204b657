"""Removal keeps its promises for every seed and every mask, however small or close to the frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.registry import create
from schemas.job import Forgery
from tests.generators.pictures import make_job, make_picture, noise, photograph

METHODS = pytest.mark.parametrize("method", ["telea", "navier_stokes", "patch"])
SOURCE = make_picture(photograph("coffee", 96))


@METHODS
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**62), top=st.integers(0, 63), left=st.integers(0, 95))
def test_only_the_applied_mask_changes(method: str, seed: int, top: int, left: int) -> None:
    mask = np.zeros(SOURCE.pixels.shape[:2], np.bool_)
    mask[top : top + 20, left : left + 25] = True
    before = SOURCE.pixels.copy()
    job = make_job(SOURCE, "inpaint_remove", seed=seed, mask=mask)
    (answer,) = create("inpaint_remove", {"method": method}).forge([job])
    assert isinstance(answer, Forgery)
    assert answer.applied is not None
    assert answer.requested is not None
    assert not (mask & ~answer.applied).any()
    assert np.array_equal(answer.requested, mask)
    assert np.array_equal(answer.image[~answer.applied], before[~answer.applied])
    assert np.array_equal(SOURCE.pixels, before)


def test_a_job_does_not_depend_on_the_jobs_around_it() -> None:
    mask = np.zeros(SOURCE.pixels.shape[:2], np.bool_)
    mask[20:40, 30:60] = True
    jobs = [make_job(SOURCE, "inpaint_remove", seed=seed, mask=mask) for seed in range(6)]
    generator = create("inpaint_remove")
    together = list(generator.forge(jobs))
    backwards = list(generator.forge(jobs[::-1]))[::-1]
    methods = set()
    for one, two in zip(together, backwards, strict=True):
        assert isinstance(one, Forgery)
        assert isinstance(two, Forgery)
        assert np.array_equal(one.image, two.image)
        assert one.parameters == two.parameters
        methods.add(one.parameters["method"])
    assert len(methods) > 1


@METHODS
@pytest.mark.parametrize("place", [(0, 0), (0, 63), (63, 0), (63, 63), (31, 31)])
@pytest.mark.parametrize("dilate", [0, 2])
def test_a_single_pixel_is_removed(method: str, place: tuple[int, int], dilate: int) -> None:
    mask = np.zeros((64, 64), np.bool_)
    mask[place] = True
    source = make_picture(noise(64, 64))
    job = make_job(source, "inpaint_remove", mask=mask)
    (answer,) = create("inpaint_remove", {"method": method, "dilate": dilate}).forge([job])
    assert isinstance(answer, Forgery)
    assert answer.applied is not None
    assert answer.applied[place]
    assert np.array_equal(answer.image[~answer.applied], source.pixels[~answer.applied])


@METHODS
@pytest.mark.parametrize(("height", "width"), [(4, 4), (5, 40), (9, 9)])
def test_tiny_pictures_do_not_crash(method: str, height: int, width: int) -> None:
    mask = np.zeros((height, width), np.bool_)
    mask[:2, :2] = True
    source = make_picture(noise(height, width))
    job = make_job(source, "inpaint_remove", mask=mask)
    (answer,) = create("inpaint_remove", {"method": method, "dilate": 0}).forge([job])
    assert isinstance(answer, Forgery)
