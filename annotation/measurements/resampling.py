"""Quality: are neighbouring pixels more alike than their surroundings', as after resampling?"""

from __future__ import annotations

import math

import cv2

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

    def correlation(where: Mask) -> float:
        product = power = 0.0
        count = 0
        for ours, theirs, both in (
            (high[:, :-1], high[:, 1:], where[:, :-1] & where[:, 1:]),
            (high[:-1], high[1:], where[:-1] & where[1:]),
        ):
            first, second = ours[both], theirs[both]
            product += float(first @ second)
            power += float(first @ first + second @ second) / 2
            count += len(first)
        return product / (power + _FLOOR * count) if count else math.nan

    inside, around = correlation(view.inside), correlation(view.around)
    return {
        "resampling_inside": inside,
        "resampling_around": around,
        "resampling": inside - around,
    }


def _say(values: Measurements) -> str:
    return (
        "neighbouring pixels of the high-pass luminance correlate at "
        f"{ratio(values['resampling_inside'])} against {ratio(values['resampling_around'])} around "
        f"it, a difference of {ratio(values['resampling'])}"
    )


RESAMPLING = Measurement(
    name="resampling",
    attribute="quality",
    tail="both",
    scale="linear",
    show=ratio,
    say=_say,
    reference=(
        "A. C. Popescu, H. Farid, Exposing digital forgeries by detecting traces of resampling, "
        "2005"
    ),
)
