"""The mean spectrum of a residual, in which resampling and generators leave regular peaks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.fft

SIDE = 32
"""Pixels. Periods of 2, 4 and 8 pixels, those of generators' upsampling, lie on its grid."""
_HALF = SIDE // 2 + 1
SIZE = _HALF * _HALF + 1


def mean_spectrum(plane: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Log power (SIZE,) by vertical and horizontal frequency, over blocks of a plane (h, w).

    Blocks count alike however strong they are, so that texture does not drown the rest; the last
    value is the mean log power itself, which is taken off the others.
    """
    rows, columns = plane.shape[0] // SIDE, plane.shape[1] // SIDE
    blocks = plane[: rows * SIDE, : columns * SIDE].reshape(rows, SIDE, columns, SIDE)
    window = np.hanning(SIDE + 1)[:-1].astype(np.float32)
    tapered = blocks.transpose(0, 2, 1, 3) * (window[:, None] * window)
    transformed = scipy.fft.rfft2(tapered)
    power = transformed.real**2 + transformed.imag**2
    power /= power.mean(axis=(2, 3), keepdims=True) + np.float32(1e-3)
    mean = power.mean(axis=(0, 1), dtype=np.float64)
    # Blocks are real and their orientation means nothing: frequencies down and up are one.
    folded = mean[:_HALF].copy()
    folded[1:-1] = (folded[1:-1] + mean[: _HALF - 1 : -1]) / 2
    logarithm = np.log(folded + 1e-4)
    level = logarithm.mean()
    return np.append((logarithm - level).ravel(), level)
