"""Quality: are neighbouring pixels more alike than their surroundings', as after resampling?"""

from __future__ import annotations

import cv2
import numpy as np

from annotation.measurements.kind import Measurement, Measurements, ratio
from annotation.measurements.view import View
from schemas.picture import Mask

_FLOOR = 0.05


def resampling(view: View) -> dict[str, float]:
    """Correlation (-1..1) of horizontal and vertical neighbours in the high-pass luma.

    The high pass takes away what a Gaussian of 1.2 px keeps. Interpolated pixels are weighted
    means of their neighbours, so enlarging, turning and filling-in raise the correlation.
    """
    luma = view.near_luma
    high = luma - cv2.GaussianBlur(luma, (0, 0), 1.2)
    across = high[:, :-1] * high[:, 1:]
    down = high[:-1] * high[1:]
    power = high * high

    def correlation(where: Mask) -> float:
        pairs = across[where[:, :-1]].mean() + down[where[:-1]].mean()
        return float(pairs / 2 / (power[where].mean() + _FLOOR))

    inside, around = correlation(view.inside), correlation(view.around)
    return {
        "resampling_inside": inside,
        "resampling_around": around,
        "resampling": inside - around,
    }


def _say(values: Measurements) -> str:
    return (
        "neighbouring pixels of the high-pass luminance correlate at "
        f"{values['resampling_inside']:.2f} against {values['resampling_around']:.2f} around it, "
        f"a difference of {values['resampling']:.2f}"
    )


RESAMPLING = Measurement(
    name="resampling",
    attribute="quality",
    tail="both",
    log=False,
    show=ratio,
    say=_say,
    reference=(
        "A. C. Popescu, H. Farid, Exposing digital forgeries by detecting traces of resampling, "
        "2005"
    ),
)
