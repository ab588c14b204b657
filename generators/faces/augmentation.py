"""The published changes that make the pasted copy of a self-blended image differ from its face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from schemas.picture import Pixels

_Values = npt.NDArray[np.float32]
_LAPLACIAN = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], np.float32)


@dataclass(frozen=True, slots=True)
class Ranges:
    """How far the draws go. The defaults are those of the published code.

    `rgb`: greatest shift of a channel, grey levels, in `rgb_share` of the draws. `hsv`: greatest
    shifts of hue (of 180), saturation and value (of 255): small by any measure, as published.
    `brightness` (of full scale) and `contrast` (relative). `factors`: by how much the copy is
    scaled down and up again; `sharpen` and `lightness`: strength and centre of its alternative.
    """

    rgb: int = 20
    rgb_share: float = 0.3
    hsv: tuple[float, float, float] = (0.3, 0.3, 0.3)
    brightness: float = 0.1
    contrast: float = 0.1
    factors: tuple[int, ...] = (2, 4)
    sharpen: tuple[float, float] = (0.2, 0.5)
    lightness: tuple[float, float] = (0.5, 1.0)


def altered(
    pixels: Pixels, ranges: Ranges, rng: np.random.Generator
) -> tuple[Pixels, Mapping[str, Any]]:
    """A copy of uint8 (height, width, 3) in other colours and sharpness, and what was drawn.

    A shift of RGB, a shift in HSV, brightness and contrast; then half of the copies are scaled
    down (nearest) and up (linear), the others sharpened (Shiohara and Yamasaki, "Detecting
    Deepfakes with Self-Blended Images", CVPR 2022, section 3.2 and its code).
    """
    shift = rng.integers(-ranges.rgb, ranges.rgb, 3, endpoint=True)
    if rng.random() >= ranges.rgb_share:
        shift = np.zeros_like(shift)
    hue, saturation, value = (float(rng.uniform(-most, most)) for most in ranges.hsv)
    brightness = float(rng.uniform(-ranges.brightness, ranges.brightness))
    contrast = float(rng.uniform(-ranges.contrast, ranges.contrast))
    values = np.clip(pixels.astype(np.float32) + shift.astype(np.float32), 0, 255)
    values = _shifted_hsv(values, hue, saturation, value)
    values = np.clip(values * (1.0 + contrast) + 255.0 * brightness, 0, 255).astype(np.float32)
    drawn: dict[str, Any] = {
        "shift_rgb": [int(one) for one in shift],
        "shift_hsv": [round(one, 4) for one in (hue, saturation, value)],
        "brightness": round(brightness, 4),
        "contrast": round(contrast, 4),
        "downscaled": None,
        "sharpened": None,
    }
    coarser = bool(rng.random() < 0.5)
    factor = ranges.factors[int(rng.integers(len(ranges.factors)))]
    strength, lightness = float(rng.uniform(*ranges.sharpen)), float(rng.uniform(*ranges.lightness))
    if coarser:
        values = _coarser(values, factor)
        drawn["downscaled"] = factor
    else:
        values = _sharper(values, strength, lightness)
        drawn["sharpened"] = [round(strength, 4), round(lightness, 4)]
    return np.clip(np.rint(values), 0, 255).astype(np.uint8), drawn


def _shifted_hsv(values: _Values, hue: float, saturation: float, value: float) -> _Values:
    hsv = np.asarray(cv2.cvtColor(values / np.float32(255.0), cv2.COLOR_RGB2HSV), np.float32)
    hsv[..., 0] = (hsv[..., 0] + 2.0 * hue) % 360.0
    hsv[..., 1] = np.clip(hsv[..., 1] + saturation / 255.0, 0.0, 1.0)
    hsv[..., 2] = np.clip(hsv[..., 2] + value / 255.0, 0.0, 1.0)
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.float32) * np.float32(255.0)


def _coarser(values: _Values, factor: int) -> _Values:
    height, width = values.shape[:2]
    size = (max(1, width // factor), max(1, height // factor))
    small = cv2.resize(values, size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(
        cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )


def _sharper(values: _Values, strength: float, lightness: float) -> _Values:
    """Mixed with its sharpening: a centre below 9 also darkens, as the published draws do."""
    kernel = strength * _LAPLACIAN
    kernel[1, 1] += strength * lightness + 1.0 - strength
    return np.asarray(
        cv2.filter2D(values, -1, kernel, borderType=cv2.BORDER_REFLECT_101), np.float32
    )
