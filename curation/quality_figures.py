"""Figures of a picture's quality, so that reals and fakes can be compared on the card."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from schemas.picture import Pixels

_Grey = npt.NDArray[np.float32]
_IMMERKAER = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


@dataclass(frozen=True, slots=True)
class QualityFigures:
    """Figures of the luma (ITU-R BT.601, 0..255) of one picture.

    `sharpness`: variance of the Laplacian (Pech-Pacheco et al., 2000, "Diatom autofocusing in
    brightfield microscopy"). `brightness` and `contrast`: mean and standard deviation. `noise`:
    standard deviation of white noise (Immerkær, 1996, "Fast noise variance estimation"); fine
    texture raises it. `blockiness`: by how many grey levels neighbours differ more across the
    8 by 8 grid of JPEG than within its blocks; about 0 without a grid (after Wang, Sheikh and
    Bovik, 2002, "No-reference perceptual quality assessment of JPEG compressed images").
    """

    sharpness: float
    brightness: float
    contrast: float
    noise: float
    blockiness: float


def quality(pixels: Pixels) -> QualityFigures:
    """Measure a picture, (height, width, 3) uint8, at least 3 pixels wide and high."""
    if min(pixels.shape[:2]) < 3:
        raise ValueError(f"a picture of {pixels.shape[1]} by {pixels.shape[0]} is too small")
    grey: _Grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean, deviation = cv2.meanStdDev(grey)
    laplacian_deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_32F))[1]
    residual = np.abs(cv2.filter2D(grey, cv2.CV_32F, _IMMERKAER)[1:-1, 1:-1])
    return QualityFigures(
        sharpness=float(laplacian_deviation[0, 0]) ** 2,
        brightness=float(mean[0, 0]),
        contrast=float(deviation[0, 0]),
        noise=math.sqrt(math.pi / 2) / 6 * float(residual.mean(dtype=np.float64)),
        blockiness=(_blockiness(grey) + _blockiness(grey.T)) / 2,
    )


def _blockiness(grey: _Grey) -> float:
    steps = np.abs(np.diff(grey, axis=1)).mean(axis=0, dtype=np.float64)
    across = np.arange(1, steps.size + 1) % 8 == 0
    if not across.any():
        return 0.0
    return float(steps[across].mean() - steps[~across].mean())
