"""Lighting: is the region lit in the same colour as its surroundings?"""

from __future__ import annotations

import math

import cv2
import numpy as np

from annotation.measurements.kind import Measurement, Measurements, degrees
from annotation.measurements.view import View

_FLOOR = 0.5


def illuminant(view: View) -> dict[str, float]:
    """The angle in degrees between the colours of light inside and around.

    Each is the grey-edge estimate: the root mean square of the red, green and blue derivatives,
    taken after a Gaussian of 1 px, plus half a grey level, so that flat regions lean to white.
    """
    smooth = cv2.GaussianBlur(view.pixels.astype(np.float32), (0, 0), 1.0)
    across = cv2.Sobel(smooth, -1, 1, 0, ksize=3)
    down = cv2.Sobel(smooth, -1, 0, 1, ksize=3)
    power = across * across + down * down
    ours, theirs = (
        np.sqrt(power[where].mean(axis=0, dtype=np.float64)) / 8 + _FLOOR
        for where in (view.inside, view.around)
    )
    cosine = float(ours @ theirs / (np.linalg.norm(ours) * np.linalg.norm(theirs)))
    return {"illuminant_angle": math.degrees(math.acos(min(1.0, cosine)))}


def _say(values: Measurements) -> str:
    return (
        "the grey-edge estimate of the colour of the light differs by "
        f"{values['illuminant_angle']:.1f}° from that around it"
    )


ILLUMINANT_ANGLE = Measurement(
    name="illuminant_angle",
    attribute="lighting",
    tail="high",
    scale="linear",
    show=degrees,
    say=_say,
    reference="J. van de Weijer, Th. Gevers, A. Gijsenij, Edge-based color constancy, 2007",
)
