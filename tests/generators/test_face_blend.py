"""Self-blended faces: what is drawn stays within the options, and the copy stays on the face."""

from __future__ import annotations

import numpy as np
import pytest

from generators.faces.augmentation import Ranges, altered
from generators.faces.blend_mask import HULLS, Hull, blend_alpha, hull
from generators.registry import create
from schemas.job import Forgery
from schemas.picture import Face, Picture
from schemas.vocabulary import Domain
from tests.generators.pictures import make_job, make_picture, photograph

EYES = ((205.0, 112.0), (246.0, 112.0))


def astronaut(left: int) -> Picture:
    """The portrait cut so that the face lies further to the right the smaller `left` is."""
    eyes = tuple((x - left, y) for x, y in EYES)
    face = Face((170 - left, 65, 110, 115), (eyes[0], eyes[1]))
    return make_picture(
        np.ascontiguousarray(photograph("astronaut", 512)[:256, left : left + 256]),
        domain=Domain.DEEPFAKE,
        faces=[face],
    )


def test_the_draws_keep_to_the_options() -> None:
    options = {"shift_rgb": 12, "shift_probability": 0.5, "scale": 0.02}
    generator = create("face_blend", options)
    shifted = 0
    for seed in range(24):
        (answer,) = generator.forge([make_job(astronaut(100), "face_blend", seed=seed)])
        assert isinstance(answer, Forgery)
        drawn = answer.parameters["altered"]
        shifted += any(drawn["shift_rgb"])
        assert all(abs(value) <= 12 for value in drawn["shift_rgb"])
        assert 0.98 <= drawn["scale"] <= 1 / 0.98 + 1e-4
        assert (drawn["sharpened"] is None) != (drawn["downscaled"] is None)
        assert drawn["downscaled"] in (None, 2, 4)
    assert 4 <= shifted <= 20


def test_resizing_keeps_the_copy_on_a_face_far_from_the_middle() -> None:
    """With resizing alone, the change does not grow with the face's distance from the middle."""
    options = {
        "shift_rgb": 0, "shift_hsv": (0, 0, 0), "brightness": 0, "contrast": 0, "hull": "brows",
        "translate": (0, 0), "scale": 0.1, "elastic": (0, 7), "min_difference": 0,
    }  # fmt: skip
    generator = create("face_blend", options)

    def changes(left: int) -> list[float]:
        jobs = [make_job(astronaut(left), "face_blend", seed=seed) for seed in range(8)]
        answers = [answer for answer in generator.forge(jobs) if isinstance(answer, Forgery)]
        return [answer.parameters["change"] for answer in answers]

    central, aside = changes(98), changes(20)
    assert len(central) == len(aside) == 8
    assert np.allclose(central, aside, rtol=0.25, atol=0.5)


def test_an_alteration_of_nothing_changes_only_the_sharpness() -> None:
    still = Ranges(rgb=0, hsv=(0.0, 0.0, 0.0), brightness=0.0, contrast=0.0, factors=(1,))
    pixels = photograph("astronaut", 96)
    for seed in range(6):
        copy, drawn = altered(pixels, still, np.random.default_rng(seed))
        if drawn["downscaled"] == 1:
            np.testing.assert_allclose(copy.astype(int), pixels, atol=1)
        else:
            assert np.abs(copy.astype(int) - pixels).max() > 5


def test_sharpening_darkens_by_what_its_centre_lacks() -> None:
    """A flat picture comes out times 1 - strength + strength * lightness, as published."""
    still = Ranges(rgb=0, hsv=(0.0, 0.0, 0.0), brightness=0.0, contrast=0.0)
    pixels = np.full((32, 32, 3), 200, np.uint8)
    for seed in range(12):
        copy, drawn = altered(pixels, still, np.random.default_rng(seed))
        if drawn["sharpened"]:
            strength, lightness = drawn["sharpened"]
            goal = 200 * (1 - strength + strength * lightness)
            np.testing.assert_allclose(copy, goal, atol=1)


@pytest.mark.parametrize("kind", HULLS)
def test_hulls_hold_the_mouth_and_differ_above_the_brows(kind: Hull) -> None:
    face = astronaut(100).source.faces[0]
    mask = hull(face, kind, 256, 256)
    (lx, ly), (rx, _) = face.eyes
    unit, middle = rx - lx, round((lx + rx) / 2)
    assert mask[round(ly + 1.1 * unit), middle]
    assert mask[round(ly), round(lx)]
    assert mask[round(ly - 0.7 * unit), middle] == (kind == "forehead")
    assert mask[round(ly - 0.35 * unit), middle] == (kind != "parts")


def test_the_copys_weight_stays_within_its_ratio_and_near_its_mask() -> None:
    mask = np.zeros((200, 240), np.bool_)
    mask[60:150, 70:160] = True
    for seed in range(8):
        weights, _ = blend_alpha(mask, 0.5, 50.0, 7.0, np.random.default_rng(seed))
        assert weights.shape == mask.shape
        assert weights.max() == pytest.approx(0.5, abs=1e-5)
        assert weights.min() == 0.0
        assert weights[105, 115] > 0.45
        rows, columns = np.nonzero(weights)
        assert rows.min() > 45
        assert rows.max() < 165
        assert columns.min() > 55
        assert columns.max() < 175


def test_a_mask_at_the_frame_is_blended_up_to_it() -> None:
    mask = np.zeros((80, 80), np.bool_)
    mask[:40, :40] = True
    weights, _ = blend_alpha(mask, 1.0, 0.0, 7.0, np.random.default_rng(0))
    assert weights[15:25, 15:25].min() > 0.9
    assert weights[60:, 60:].max() == 0.0
