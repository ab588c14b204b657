"""Texture: is the noise of the region as strong as that of equally bright pixels around it?"""

from __future__ import annotations

import math

import cv2
import numpy as np

from annotation.measurements.kind import Measurement, Measurements, ratio
from annotation.measurements.view import View

_LEVELS = 16
_MIN_PIXELS = 24
# Rounding to whole grey levels alone has a deviation of 0.29.
_ROUNDING = 0.29
# Immerkær's operator: it takes out whatever is linear in the picture; its output on white noise
# has six times the noise's deviation.
_OPERATOR = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32) / 6


def noise(view: View) -> dict[str, float]:
    """Standard deviations of the noise residual in grey levels, and their ratio.

    The residual is Immerkær's; its local deviation in 7 by 7 windows is read at its 30th
    percentile, so that edges and detail do not count as noise, and the noise of rounding, which
    clipped pixels lack, is added. Pixels are compared within bins of
    16 grey levels, since noise depends on brightness; NaN where no brightness occurs on both
    sides.
    """
    residual = cv2.filter2D(view.near_luma, -1, _OPERATOR)
    deviation = np.sqrt(np.maximum(cv2.blur(np.square(residual), (7, 7)), 0))
    bins = (cv2.blur(view.near_luma, (7, 7)) / (256 / _LEVELS)).astype(np.intp)
    logs: list[tuple[float, float]] = []
    weights: list[int] = []
    values_in, bins_in = deviation[view.inside], bins[view.inside]
    values_out, bins_out = deviation[view.around], bins[view.around]
    for level in range(_LEVELS):
        ours, theirs = values_in[bins_in == level], values_out[bins_out == level]
        count = min(len(ours), len(theirs))
        if count >= _MIN_PIXELS:
            first, second = (
                math.log(math.hypot(np.percentile(side, 30), _ROUNDING)) for side in (ours, theirs)
            )
            logs.append((first, second))
            weights.append(count)
    if not logs:
        return {"noise_inside": math.nan, "noise_around": math.nan, "noise_ratio": math.nan}
    inside, around = np.exp(np.average(np.array(logs), axis=0, weights=weights))
    return {
        "noise_inside": float(inside),
        "noise_around": float(around),
        "noise_ratio": float(inside / around),
    }


def _say(values: Measurements) -> str:
    return (
        f"the noise residual has a standard deviation of {values['noise_inside']:.2f} grey levels "
        f"against {values['noise_around']:.2f} at equal brightness around it, "
        f"a ratio of {values['noise_ratio']:.2f}"
    )


NOISE_RATIO = Measurement(
    name="noise_ratio",
    attribute="texture",
    tail="both",
    scale="log",
    show=ratio,
    say=_say,
    reference=(
        "B. Mahdian, S. Saic, Using noise inconsistencies for blind image forensics, 2009; "
        "J. Immerkær, Fast noise variance estimation, 1996"
    ),
)
