"""Requested masks: of the size that was asked for, in a place of their kind, always the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.contract import CannotForge
from generators.requested_masks import draw_mask
from schemas.picture import Picture, instance_of
from schemas.vocabulary import MaskKind
from tests.generators.pictures import flat, make_picture, noise, photograph, scene

DRAWN = (MaskKind.OBJECT, MaskKind.STUFF, MaskKind.IRREGULAR, MaskKind.BOX)


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
def test_a_mask_has_the_pictures_size_and_the_area_asked_for(kind: MaskKind, name: str) -> None:
    picture = make_picture(photograph(name, 256))
    for seed in range(3):
        mask = draw_mask(kind, picture, seed, (0.02, 0.25))
        assert mask.shape == picture.pixels.shape[:2]
        assert mask.dtype == np.bool_
        assert 0.02 <= mask.mean() <= 0.25
        assert np.array_equal(mask, draw_mask(kind, picture, seed, (0.02, 0.25)))


def test_the_object_of_a_scene_is_found_and_the_background_avoids_it() -> None:
    pixels, truth = scene()
    picture = make_picture(pixels)
    found = draw_mask(MaskKind.OBJECT, picture, 1, (0.05, 0.15))
    assert (found & truth).sum() > 0.6 * found.sum()
    stuff = draw_mask(MaskKind.STUFF, picture, 1, (0.02, 0.2))
    assert (stuff & truth).sum() < 0.2 * stuff.sum()


def marked(*boxes: tuple[int, int, int, int], height: int = 160, width: int = 200) -> Picture:
    """A picture in which an ellipse is marked in each of the boxes (x, y, width, height)."""
    bare = make_picture(noise(height, width))
    masks = []
    for x, y, across, down in boxes:
        rows, columns = np.mgrid[0:height, 0:width] + 0.5
        away_x, away_y = (columns - x - across / 2) / across, (rows - y - down / 2) / down
        masks.append(away_x**2 + away_y**2 <= 0.25)
    instances = tuple(instance_of(mask) for mask in masks)
    return Picture(replace(bare.source, instances=instances), bare.pixels, tuple(masks))


@pytest.mark.parametrize("kind", [MaskKind.SUPPLIED, MaskKind.OBJECT])
def test_a_marked_object_is_used_as_it_is(kind: MaskKind) -> None:
    picture = marked((10, 10, 60, 40), (100, 80, 4, 4), (100, 20, 60, 60))
    chosen = {draw_mask(kind, picture, seed, (0.01, 0.5)).tobytes() for seed in range(12)}
    assert chosen == {picture.instances[0].tobytes(), picture.instances[2].tobytes()}
    named = draw_mask(kind, picture, 0, (0.01, 0.5), instance=1)
    assert np.array_equal(named, picture.instances[1])
    assert named.flags.writeable


def test_a_box_is_that_of_a_marked_object_or_lies_anywhere() -> None:
    picture = marked((10, 10, 60, 40), (100, 80, 4, 4))
    for seed in range(4):
        mask = draw_mask(MaskKind.BOX, picture, seed, (0.01, 0.5))
        assert mask.sum() == mask[10:50, 10:70].sum() == 60 * 40
    small = draw_mask(MaskKind.BOX, picture, 0, (0.01, 0.5), instance=1)
    assert small.sum() == small[80:84, 100:104].sum() == 16
    boxes = [draw_mask(MaskKind.BOX, picture, seed, (0.2, 0.3)) for seed in range(20)]
    corners = set()
    for mask in boxes:
        left, top, across, down = instance_of(mask).box
        assert mask.sum() == across * down
        assert 0.2 <= mask.mean() <= 0.3
        corners.add((left, top))
    assert len(corners) > 15


@given(st.integers(32, 80), st.integers(32, 400), st.integers(0, 2**40), st.floats(0.01, 0.9))
def test_a_box_keeps_its_area_where_the_picture_cuts_it_off(
    height: int, width: int, seed: int, least: float
) -> None:
    area = (least, min(1.0, least * 1.3 + 0.02))
    mask = draw_mask(MaskKind.BOX, make_picture(flat(height, width)), seed, area)
    assert area[0] <= mask.mean() <= area[1]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (MaskKind.SUPPLIED, "no_supplied_mask"),
        (MaskKind.OBJECT, "no_object"),
    ],
)
def test_what_is_not_there_is_told(kind: MaskKind, reason: str) -> None:
    with pytest.raises(CannotForge) as caught:
        draw_mask(kind, make_picture(flat(64, 64)), 0, (0.02, 0.03))
    assert caught.value.reason == reason


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([*DRAWN, MaskKind.SUPPLIED]),
    st.integers(8, 90),
    st.integers(8, 90),
    st.integers(0, 2**62),
    st.booleans(),
)
def test_any_picture_gives_a_mask_or_a_reason(
    kind: MaskKind, height: int, width: int, seed: int, noisy: bool
) -> None:
    picture = make_picture(noise(height, width, seed % 97) if noisy else flat(height, width))
    try:
        mask = draw_mask(kind, picture, seed, (0.05, 0.3))
    except CannotForge:
        return
    assert 0.05 <= mask.mean() <= 0.3


def test_opencvs_global_generator_has_no_say() -> None:
    import cv2

    picture = make_picture(photograph("coffee", 256))
    first = draw_mask(MaskKind.OBJECT, picture, 5, (0.02, 0.25))
    cv2.setRNGSeed(99)
    assert np.array_equal(first, draw_mask(MaskKind.OBJECT, picture, 5, (0.02, 0.25)))
