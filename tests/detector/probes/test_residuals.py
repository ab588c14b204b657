"""Residual features: their size, what they do not depend on, and what they see."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from detector.probes.cooccurrence import SIZE, cooccurrences
from detector.probes.residuals import DIMENSIONS, Residuals, residual_features
from detector.probes.spectrum import SIDE, mean_spectrum


def noise(seed: int, height: int = 96, width: int = 128) -> npt.NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    smooth = cv2.GaussianBlur(rng.normal(128, 60, (height, width, 3)), (9, 9), 3)
    return np.clip(smooth + rng.normal(0, 4, smooth.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("size", [(96, 128), (17, 5), (64, 64), (1, 200)])
def test_any_size_gives_as_many_finite_numbers(size: tuple[int, int]) -> None:
    found = Residuals().extract([noise(1, *size), np.zeros((*size, 3), np.uint8)])
    assert found.shape == (2, DIMENSIONS)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


def test_patterns_are_counted_with_their_mirror_images_and_signs() -> None:
    rng = np.random.default_rng(2)
    plane = rng.normal(0, 1.5, (40, 50)).astype(np.float32)
    found = cooccurrences([plane], 1)
    assert found.shape == (SIZE,) == (169,)
    assert (found**2).sum() == pytest.approx(1)
    np.testing.assert_allclose(cooccurrences([-plane], 1), found)
    np.testing.assert_allclose(cooccurrences([plane[:, ::-1]], 1), found)
    flat = cooccurrences([np.zeros((9, 9), np.float32)], 1)
    assert sorted(flat)[-1] == 1
    assert flat.sum() == 1


def test_the_spectrum_peaks_at_the_period_of_a_grid() -> None:
    rng = np.random.default_rng(3)
    plane = rng.normal(0, 1, (128, 160)).astype(np.float32)
    plane += 2 * np.cos(2 * np.pi * np.arange(160) / 4).astype(np.float32)
    half = SIDE // 2 + 1
    power = mean_spectrum(plane)[:-1].reshape(half, half)
    assert divmod(int(power.argmax()), half) == (0, SIDE // 4)


def test_resampling_shows_and_content_matters_less() -> None:
    first, second = (residual_features(noise(seed)) for seed in (4, 5))
    small = noise(4, 48, 64)
    larger = cv2.resize(small, (128, 96), interpolation=cv2.INTER_LINEAR)
    grown = residual_features(np.asarray(larger, np.uint8))
    assert np.linalg.norm(grown - first) > 3 * np.linalg.norm(second - first)


def test_the_picture_is_left_alone() -> None:
    picture = noise(6)
    picture.setflags(write=False)
    np.testing.assert_array_equal(residual_features(picture), residual_features(picture.copy()))
