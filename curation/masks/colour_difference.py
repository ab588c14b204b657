"""CIELAB and the difference of two colours in it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from schemas.picture import Pixels

Floats = npt.NDArray[np.float32]


def lab(pixels: Pixels) -> Floats:
    """CIELAB (D65) of sRGB, (height, width, 3): L* in 0..100, a* and b* about -128..127."""
    scaled = pixels.astype(np.float32) / np.float32(255)
    return cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB).astype(np.float32, copy=False)


def length(difference: Floats) -> Floats:
    """ΔE*ab (CIE 1976) for each pixel of a signed difference of CIELAB."""
    return np.asarray(np.linalg.norm(difference, axis=2), dtype=np.float32)
