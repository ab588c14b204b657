"""A known change of a region moves the measurement that is made for it."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from annotation.measure import measure
from annotation.measurements import BY_NAME, MEASUREMENTS
from schemas.attributes import LOW_LEVEL
from schemas.picture import Mask, Pixels
from tests.annotation.scenes import disc, replaced, texture

REGION = disc()


def blurred(pixels: Pixels, sigma: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), dtype=np.uint8)


def test_an_untouched_region_is_like_its_surroundings() -> None:
    values = measure(texture(), REGION)
    assert values["noise_ratio"] == pytest.approx(1, abs=0.1)
    assert values["sharpness_ratio"] == pytest.approx(1, abs=0.1)
    assert values["resampling"] == pytest.approx(0, abs=0.05)
    assert values["contour_curvature"] == pytest.approx(1, abs=0.15)
    assert values["contour_alignment"] < 0.1
    assert values["lightness_step_ratio"] < 1
    assert values["repetition"] < 0.4


def test_a_region_without_noise_lowers_the_noise_ratio() -> None:
    clean = replaced(texture(noise=6.0), REGION, texture(noise=0.0))
    values = measure(clean, REGION)
    assert values["noise_ratio"] < 0.6
    assert values["noise_inside"] < values["noise_around"]


def test_noise_is_compared_at_equal_brightness_only() -> None:
    pixels = replaced(np.full((192, 192, 3), 40, np.uint8), REGION, np.full_like(texture(), 220))
    assert math.isnan(measure(pixels, REGION)["noise_ratio"])


def test_a_blurred_region_lowers_sharpness_and_raises_resampling() -> None:
    pixels = texture()
    before = measure(pixels, REGION)
    after = measure(replaced(pixels, REGION, blurred(pixels, 1.5)), REGION)
    assert after["sharpness_ratio"] < 0.5 * before["sharpness_ratio"]
    assert after["resampling"] > before["resampling"] + 0.2


def test_a_brightened_region_steps_in_lightness_and_not_in_the_light_s_colour() -> None:
    pixels = texture()
    bright = np.clip(pixels.astype(np.int16) + 45, 0, 255).astype(np.uint8)
    values = measure(replaced(pixels, REGION, bright), REGION)
    assert values["lightness_step"] > 10
    assert values["lightness_step_ratio"] > 1.5
    assert values["illuminant_angle"] == pytest.approx(
        measure(pixels, REGION)["illuminant_angle"], abs=3
    )


def test_a_region_in_other_light_turns_the_illuminant() -> None:
    pixels = texture()
    warm = np.clip(pixels * np.array([1.4, 1.0, 0.5]), 0, 255).astype(np.uint8)
    values = measure(replaced(pixels, REGION, warm), REGION)
    assert values["illuminant_angle"] > 10
    assert values["colour_step"] > 15


def test_a_hard_seam_raises_all_that_is_measured_on_the_outline() -> None:
    smooth = texture(noise=1.0)
    seam = replaced(smooth, REGION, texture(seed=5, noise=1.0) // 2)
    before, after = measure(smooth, REGION), measure(seam, REGION)
    assert after["contour_gradient"] > 2 * before["contour_gradient"]
    assert after["contour_curvature"] > 2 * before["contour_curvature"]
    assert after["contour_alignment"] > before["contour_alignment"] + 0.2
    assert after["contour_alignment_on"] > 0.9


def test_a_copy_within_the_picture_is_found_with_its_shift() -> None:
    pixels = texture(noise=2.0)
    source = np.roll(pixels, (30, 70), axis=(0, 1))
    region = disc(radius=20, row=96, column=140)
    values = measure(replaced(pixels, region, source), region)
    assert values["repetition"] > 0.9
    assert values["repetition_shift"] == pytest.approx(math.hypot(30, 70))


def test_a_shifted_block_grid_is_found() -> None:
    _, encoded = cv2.imencode(".jpg", texture(noise=6.0), [cv2.IMWRITE_JPEG_QUALITY, 40])
    jpeg = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)
    kept, shifted = (
        measure(replaced(jpeg, REGION, np.roll(jpeg, by, axis=(0, 1))), REGION) for by in (0, 3)
    )
    assert kept["grid_outside"] > 1.2
    assert kept["grid_mismatch"] < 1.1
    assert shifted["grid_mismatch"] > 1.2


def test_mirroring_changes_nothing() -> None:
    pixels = replaced(texture(), disc(radius=25, row=80, column=70), texture(seed=3))
    region = disc(radius=25, row=80, column=70)
    before = measure(pixels, region)
    after = measure(np.ascontiguousarray(pixels[:, ::-1]), np.ascontiguousarray(region[:, ::-1]))
    assert after == pytest.approx(before, rel=1e-2, abs=1e-2, nan_ok=True)


def test_only_repetition_and_the_grid_look_far_from_the_region() -> None:
    region = disc(side=320, radius=20, row=80, column=80)
    pixels = texture(side=320)
    other = pixels.copy()
    other[200:] = texture(seed=9, side=320)[200:]
    before, after = measure(pixels, region), measure(other, region)
    local = [name for name in before if not name.startswith(("repetition", "grid"))]
    assert {name: after[name] for name in local} == {name: before[name] for name in local}


@pytest.mark.parametrize(
    "region",
    [
        np.zeros((192, 192), dtype=np.bool_),
        np.ones((192, 192), dtype=np.bool_),
        disc(radius=3),
    ],
    ids=["empty", "everything", "tiny"],
)
def test_regions_that_cannot_be_measured_are_nan(region: Mask) -> None:
    values = measure(texture(), region)
    assert set(values) == set(BY_NAME)
    assert all(math.isnan(value) for value in values.values())


def test_a_region_as_wide_as_the_picture_has_nothing_to_repeat() -> None:
    region = np.zeros((192, 192), dtype=np.bool_)
    region[4:-4, 4:-4] = True
    region[60:130, 60:130] = False
    values = measure(texture(), region)
    assert math.isnan(values["repetition"])
    assert math.isfinite(values["noise_ratio"])


def test_strokes_are_measured_though_they_have_no_core() -> None:
    region = np.zeros((192, 192), dtype=np.bool_)
    region[90:93, 40:150] = True
    assert math.isfinite(measure(texture(), region)["noise_ratio"])


def test_flat_pictures_are_measured_without_warnings() -> None:
    values = measure(np.full((192, 192, 3), 255, np.uint8), REGION)
    assert values["noise_ratio"] == 1
    assert values["contour_gradient"] == 1
    assert values["repetition"] == pytest.approx(0, abs=1e-6)


def test_inputs_are_left_alone_and_may_be_read_only() -> None:
    pixels, region = texture(), disc()
    pixels.setflags(write=False)
    region.setflags(write=False)
    assert measure(pixels, region) == measure(pixels.copy(), region.copy())


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="region must be bool"):
        measure(texture(), disc(side=100, row=50, column=50))
    with pytest.raises(ValueError, match="RGB uint8"):
        measure(texture().astype(np.float32), REGION)


def test_every_low_level_attribute_is_measured_and_every_reference_is_given() -> None:
    assert {measurement.attribute for measurement in MEASUREMENTS} == set(LOW_LEVEL)
    assert len(BY_NAME) == len(MEASUREMENTS)
    assert all(measurement.reference for measurement in MEASUREMENTS)
    assert set(BY_NAME) <= set(measure(texture(), REGION))


def test_scales_are_inverted() -> None:
    for measurement in MEASUREMENTS:
        assert measurement.unscaled(measurement.scaled(0.4)) == pytest.approx(0.4)
        assert math.isnan(measurement.scaled(math.nan)) or measurement.scale != "linear"
