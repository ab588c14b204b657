"""Global statistics of what a picture shows: colour and spectrum, told apart from its file."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy import fft

_SIDE = 192
_LEAST = 32
_BYTE = 255.0


def colour_features(pixels: npt.NDArray[np.uint8]) -> dict[str, float]:
    """Means, spreads (0..255), saturation and shares (0..1) of a BGR picture (height, width, 3)."""
    means, spreads = cv2.meanStdDev(pixels)
    planes = cv2.split(pixels)
    top = cv2.max(cv2.max(planes[0], planes[1]), planes[2])
    bottom = cv2.min(cv2.min(planes[0], planes[1]), planes[2])
    chroma = cv2.subtract(top, bottom)
    saturation = chroma.astype(np.float32) / np.maximum(top, 1)
    size = top.size
    blue, green, red = (float(mean) for mean in means.ravel())
    blue_spread, green_spread, red_spread = (float(spread) for spread in spreads.ravel())
    return {
        "saturation": float(saturation.mean()),
        "grey": np.count_nonzero(chroma <= 4) / size,
        "red": red,
        "green": green,
        "blue": blue,
        "red_spread": red_spread,
        "green_spread": green_spread,
        "blue_spread": blue_spread,
        "black": np.count_nonzero(top <= 2) / size,
        "white": np.count_nonzero(bottom >= 253) / size,
    }


def frequency_features(luma: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """Shape of the power spectrum of the picture's middle; empty below 32 pixels a side.

    `slope` is that of log power over log frequency (about -2 in photographs). The shares are log10
    of the power in a ring by all power. Peaks are log10 of the power at a frequency that scaling up
    or working in blocks leaves, by that of its surroundings.
    """
    side = min(_SIDE, *luma.shape) // 8 * 8
    if side < _LEAST:
        return {}
    top, left = ((length - side) // 2 for length in luma.shape)
    part = luma[top : top + side, left : left + side].astype(np.float32) / np.float32(_BYTE)
    window, radius, counts, slope_ring, weights = _plan(side)
    spectrum = fft.rfft2((part - part.mean()) * window)
    power = spectrum.real**2 + spectrum.imag**2 + np.float32(1e-6)
    rings = np.bincount(radius.ravel(), power.ravel(), minlength=side)
    profile = np.log10(rings[slope_ring] / counts[slope_ring])
    total = rings[1:].sum()

    def share(low: float, high: float) -> float:
        return float(np.log10(rings[int(low * side) : int(high * side)].sum() / total))

    found = {
        "slope": float(weights @ profile),
        "middle": share(0.125, 0.25),
        "high": share(0.25, 0.5),
        "corner": share(0.5, 0.75),
    }
    for period in (2, 4, 8):
        found[f"peak_{period}"] = _peak(power, side, period)
    return found


def _peak(power: npt.NDArray[np.float32], side: int, period: int) -> float:
    """The mean over both axes of the log ratio of power at a period by that around it."""
    at = side // period
    ratios = []
    for line in (power[: side // 2 + 1, :3].mean(axis=1), power[:3].mean(axis=0)):
        around = np.concatenate((line[at - 8 : at - 2], line[at + 3 : at + 9]))
        ratios.append(np.log10(line[at - 1 : at + 2].mean() / np.median(around)))
    return float(np.mean(ratios))


@cache
def _plan(
    side: int,
) -> tuple[
    npt.NDArray[np.float32],
    npt.NDArray[np.intp],
    npt.NDArray[np.intp],
    npt.NDArray[np.intp],
    npt.NDArray[np.float64],
]:
    """A Hann window, the ring of each coefficient, how many a ring has, and the fit of the slope.

    The last two: the rings it is fitted to, and the weights that give it by least squares.
    """
    hann = np.hanning(side).astype(np.float32)
    rows = np.fft.fftfreq(side)[:, None]
    columns = np.fft.rfftfreq(side)[None]
    radius = np.rint(np.hypot(rows, columns) * side).astype(np.intp)
    counts = np.bincount(radius.ravel(), minlength=side)
    rings = np.arange(max(2, side // 32), side * 2 // 5)
    logs = np.log10(rings / side)
    centred = logs - logs.mean()
    return np.outer(hann, hann), radius, counts, rings, centred / (centred @ centred)
