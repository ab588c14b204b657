"""Lighting: by how much do brightness and colour step across the region's outline?"""

from __future__ import annotations

import math

import cv2
import numpy as np

from annotation.measurements.kind import Measurement, Measurements, ratio
from annotation.measurements.view import View

_NEAREST, _FARTHEST = 3.0, 14.0
_MIN_PIXELS = 24
_FLOOR = 2.0


def step(view: View) -> dict[str, float]:
    """Steps of CIELAB lightness and chroma across the outline, over their spread around it.

    The means of two bands, 3 to 14 px inside and outside of the outline, are compared after a low
    pass of 3 px. The lightness step is in L* (0..100), the colour step the distance in a*b*; each
    is divided by the standard deviation in the ring around (plus 2 units), so that a step that
    the surroundings make all the time does not count. NaN where a band is too thin.
    """
    lab = cv2.cvtColor(view.pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab, (0, 0), 3.0)
    ours = lab[(view.distance > _NEAREST) & (view.distance < _FARTHEST)]
    theirs = lab[(view.distance < -_NEAREST) & (view.distance > -_FARTHEST)]
    if min(len(ours), len(theirs)) < _MIN_PIXELS:
        names = ("lightness_step", "lightness_step_ratio", "colour_step", "colour_step_ratio")
        return dict.fromkeys(names, math.nan)
    difference = ours.mean(axis=0, dtype=np.float64) - theirs.mean(axis=0, dtype=np.float64)
    spread = lab[view.around].std(axis=0, dtype=np.float64) + _FLOOR
    return {
        "lightness_step": float(difference[0]),
        "lightness_step_ratio": float(abs(difference[0]) / spread[0]),
        "colour_step": float(np.hypot(difference[1], difference[2])),
        "colour_step_ratio": float(np.hypot(*(difference[1:] / spread[1:]))),
    }


def _say_lightness(values: Measurements) -> str:
    way = "higher" if values["lightness_step"] > 0 else "lower"
    return (
        f"the lightness is {abs(values['lightness_step']):.1f} L* units {way} just inside the "
        f"outline than just outside, {values['lightness_step_ratio']:.2f} times the spread around "
        "it"
    )


def _say_colour(values: Measurements) -> str:
    return (
        f"the colour shifts by {values['colour_step']:.1f} units of CIELAB a*b* across the "
        f"outline, {values['colour_step_ratio']:.2f} times the spread around it"
    )


_REFERENCE = "CIE 015:2018, Colorimetry (CIELAB); the division by the local spread is ours"

LIGHTNESS_STEP = Measurement(
    name="lightness_step_ratio",
    attribute="lighting",
    tail="high",
    scale="linear",
    show=ratio,
    say=_say_lightness,
    reference=_REFERENCE,
)
COLOUR_STEP = Measurement(
    name="colour_step_ratio",
    attribute="lighting",
    tail="high",
    scale="linear",
    show=ratio,
    say=_say_colour,
    reference=_REFERENCE,
)
