"""Requested masks: of the size that was asked for, in a place of their kind, always the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.contract import CannotForge
from generators.requested_masks import draw_mask
from schemas.vocabulary import MaskKind
from tests.generators.pictures import flat, make_picture, noise, photograph, scene

DRAWN = (MaskKind.OBJECT, MaskKind.STUFF, MaskKind.IRREGULAR)


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


def test_a_supplied_mask_is_used_and_its_components_are_objects() -> None:
    pixels, _ = scene()
    mask = np.zeros(pixels.shape[:2], np.bool_)
    mask[10:50, 10:50] = True
    mask[80:84, 80:84] = True
    picture = make_picture(pixels, object_mask=mask)
    assert np.array_equal(draw_mask(MaskKind.SUPPLIED, picture, 0, (0.01, 0.5)), mask)
    chosen = draw_mask(MaskKind.OBJECT, picture, 0, (0.01, 0.5))
    assert chosen[10:50, 10:50].all()
    assert not chosen[80:84, 80:84].any()


@pytest.mark.parametrize(
    ("kind", "reason"),
    [(MaskKind.SUPPLIED, "no_supplied_mask"), (MaskKind.OBJECT, "no_object")],
)
def test_what_is_not_there_is_told(kind: MaskKind, reason: str) -> None:
    with pytest.raises(CannotForge) as caught:
        draw_mask(kind, make_picture(flat(64, 64)), 0, (0.02, 0.03))
    assert caught.value.reason == reason


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(list(MaskKind)),
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
