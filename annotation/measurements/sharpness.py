"""Quality: has the region as much fine detail, for its coarse detail, as its surroundings?"""

from __future__ import annotations

import cv2
import numpy as np

from annotation.measurements.kind import Measurement, Measurements, ratio
from annotation.measurements.view import View
from schemas.picture import Mask

_FLOOR = 0.3


def sharpness(view: View) -> dict[str, float]:
    """Strength of detail under 1 px of scale over that of 1.6 to 3.2 px, inside and around.

    Detail is the mean absolute value of a band of the Laplacian pyramid of luma. Dividing by the
    coarse band takes out how much there is to see, so blur, enlargement and filling-in show.
    """
    luma = view.near_luma
    fine = np.abs(luma - cv2.GaussianBlur(luma, (0, 0), 0.8))
    coarse = np.abs(cv2.GaussianBlur(luma, (0, 0), 1.6) - cv2.GaussianBlur(luma, (0, 0), 3.2))

    def strength(where: Mask) -> float:
        return float((fine[where].mean() + _FLOOR) / (coarse[where].mean() + _FLOOR))

    inside, around = strength(view.inside), strength(view.around)
    return {
        "sharpness_inside": inside,
        "sharpness_around": around,
        "sharpness_ratio": inside / around,
    }


def _say(values: Measurements) -> str:
    return (
        f"fine detail is {values['sharpness_inside']:.2f} times as strong as coarse detail, "
        f"against {values['sharpness_around']:.2f} times around it, "
        f"a sharpness ratio of {values['sharpness_ratio']:.2f}"
    )


SHARPNESS_RATIO = Measurement(
    name="sharpness_ratio",
    attribute="quality",
    tail="both",
    scale="log",
    show=ratio,
    say=_say,
    reference=(
        "D. J. Field, Relations between the statistics of natural images and the response "
        "properties of cortical cells, 1987"
    ),
)
