"""A picture comes back from the working size as it went in, and masks cover what they covered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.diffusion.masks import MaskUse, mask_use, softened
from generators.diffusion.sizes import LEAST, frame_for
from tests.generators.pictures import noise, photograph

_SIDES = st.integers(1, 150)
_MULTIPLES = st.sampled_from((8, 16, 32, 64))


@given(width=_SIDES, height=_SIDES, multiple=_MULTIPLES)
def test_padding_is_undone_to_the_bit(width: int, height: int, multiple: int) -> None:
    frame = frame_for((width, height), "source", (512, 512), multiple)
    pixels = noise(height, width)
    working = frame.put(pixels)
    assert working.shape == (frame.working[1], frame.working[0], 3)
    assert all(side % multiple == 0 and side >= LEAST for side in frame.working)
    assert np.array_equal(frame.back(working), pixels)
    assert bool(frame.notes) == (frame.working != frame.source)


@given(
    width=st.integers(8, 150),
    height=st.integers(8, 150),
    size=st.sampled_from(("native", "96x160", "64x64")),
    multiple=_MULTIPLES,
)
def test_scaling_keeps_the_shape_of_things(
    width: int, height: int, size: str, multiple: int
) -> None:
    frame = frame_for((width, height), size, (128, 128), multiple)
    ratios = (frame.scaled[0] / width, frame.scaled[1] / height)
    # A side is rounded to a pixel, no more.
    assert abs(ratios[0] - ratios[1]) <= 0.5 / width + 0.5 / height + 1e-9
    assert all(a <= b for a, b in zip(frame.scaled, frame.working, strict=True))
    assert all(side % multiple == 0 for side in frame.working)
    assert frame.back(frame.put(noise(height, width))).shape == (height, width, 3)


@pytest.mark.parametrize("size", ["source", "native", "200x96"])
def test_a_mask_covers_what_it_covered_after_the_way_there_and_back(size: str) -> None:
    frame = frame_for((101, 67), size, (256, 256), 16)
    mask = np.zeros((67, 101), np.bool_)
    mask[0, 0] = mask[30, 50] = True
    mask[40:50, 60:90] = True
    for use in (MaskUse(1), MaskUse(8), MaskUse(8, grows=True)):
        given_mask = use.given(frame.put_mask(mask))
        applied = frame.mask_back(use.applied(given_mask))
        assert applied.shape == mask.shape
        assert applied[mask].all()
        assert not applied.all()
    if size == "source":
        assert np.array_equal(frame.mask_back(frame.put_mask(mask)), mask)


def test_scaled_pictures_come_back_alike() -> None:
    pixels = photograph("chelsea", 150)
    frame = frame_for((pixels.shape[1], pixels.shape[0]), "native", (512, 512), 64)
    apart = np.abs(frame.back(frame.put(pixels)).astype(np.int64) - pixels)
    assert apart.mean() < 1.5
    assert len(frame.notes) == 2


def test_what_each_class_makes_of_a_mask() -> None:
    assert mask_use("FluxFillPipeline", 8) == MaskUse(1)
    assert mask_use("StableDiffusionInpaintPipeline", 4) == MaskUse(4)
    assert mask_use("KandinskyV22InpaintCombinedPipeline", 8).grows


def test_softening_widens_and_rounds() -> None:
    mask = np.zeros((60, 60), np.bool_)
    mask[20:40, 20:40] = True
    assert softened(mask, 4, 0.0)[16, 30]
    rounded = softened(mask, 0, 3.0)
    assert rounded[30, 30]
    assert not rounded[20, 20]
    assert np.array_equal(softened(mask, 0, 0.0), mask)
