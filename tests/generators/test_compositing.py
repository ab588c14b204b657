"""Compositing: exact outside what it says it touched, whatever the support looks like."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.compositing import BlendMethod, composite, match_colour
from generators.harmonic_fill import harmonic_fill
from schemas.picture import Mask
from tests.generators.pictures import flat, noise, photograph, scene

METHODS: tuple[BlendMethod, ...] = ("paste", "feather", "poisson")


def disc(height: int, width: int, x: float, y: float, radius: float) -> Mask:
    rows, columns = np.mgrid[0:height, 0:width]
    inside: Mask = np.hypot(rows - y, columns - x) <= radius
    return inside


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(METHODS),
    st.integers(1, 60),
    st.integers(1, 60),
    st.floats(-10, 70),
    st.floats(-10, 70),
    st.floats(0, 90),
    st.floats(0, 20),
)
def test_nothing_moves_outside_the_applied_mask(
    method: BlendMethod, height: int, width: int, x: float, y: float, radius: float, feather: float
) -> None:
    target, content = noise(height, width, 1), noise(height, width, 2)
    target.setflags(write=False)
    content.setflags(write=False)
    support = disc(height, width, x, y, radius)
    image, applied = composite(target, content, support, method, feather)
    assert np.array_equal(image[~applied], target[~applied])
    assert applied.shape == support.shape
    if method == "feather":
        assert not (support & ~applied).any()
    else:
        assert np.array_equal(applied, support)
    if method == "paste":
        assert np.array_equal(image[support], content[support])


def test_a_feather_is_half_way_at_the_outline_and_reaches_as_far_as_told() -> None:
    support = disc(101, 101, 50, 50, 30)
    image, applied = composite(flat(101, 101, 0), flat(101, 101, 200), support, "feather", 8.0)
    row = image[50, :, 0].astype(int)
    assert row[50] == 200
    assert abs(row[80] + row[81] - 200) <= 2
    assert applied[50, 84]
    assert not applied[50, 85]


def test_poisson_blending_takes_the_targets_level_and_keeps_the_contents_detail() -> None:
    content, truth = scene(120, 120)
    target = flat(120, 120, 60)
    wide = disc(120, 120, 60, 60, 52)
    image, _ = composite(target, content, wide, "poisson")
    seam = wide & ~disc(120, 120, 60, 60, 50)
    assert np.abs(image[seam].astype(int) - 60).mean() < 12
    inside = truth & disc(120, 120, 60, 60, 40)
    assert image[inside].astype(float).std() > 0.8 * content[inside].astype(float).std()


@pytest.mark.parametrize("side", [40, 260])
def test_a_harmonic_fill_is_the_plane_that_a_planes_rim_spans(side: int) -> None:
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    plane = np.stack([rows, 2 * columns, rows - columns], axis=2)
    known = ~disc(side, side, side / 2, side / 2, side * 0.4)
    filled = harmonic_fill(np.where(known[..., None], plane, np.float32(0)), known)
    assert np.array_equal(filled[known], plane[known])
    assert np.abs(filled - plane).max() < 0.01 * 2 * side


def test_a_fill_that_knows_nothing_is_zero() -> None:
    values = np.ones((20, 20, 3), np.float32)
    assert not harmonic_fill(values, np.zeros((20, 20), np.bool_)).any()


def test_matching_colours_moves_the_mean_as_far_as_told() -> None:
    content, reference = photograph("coffee", 96), photograph("chelsea", 96)
    whole = [np.ones(picture.shape[:2], np.bool_) for picture in (content, reference)]
    goal = reference.mean(axis=(0, 1))
    gaps = [
        np.abs(
            match_colour(content, whole[0], reference, whole[1], strength).mean(axis=(0, 1)) - goal
        ).sum()
        for strength in (0.0, 0.5, 1.0)
    ]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 0.25 * gaps[0]
    assert np.array_equal(match_colour(content, whole[0], reference, whole[1], 0.0), content)


def test_sizes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="one height and width"):
        composite(flat(8, 8), flat(8, 9), np.ones((8, 8), np.bool_), "paste")
