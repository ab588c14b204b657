"""Measures a region of a picture against its surroundings, without knowing what the region is."""

from __future__ import annotations

import math

from annotation.measurements import MEASUREMENTS, Measurements
from annotation.measurements.contour import contour
from annotation.measurements.grid import grid
from annotation.measurements.illuminant import illuminant
from annotation.measurements.noise import noise
from annotation.measurements.repetition import repetition
from annotation.measurements.resampling import resampling
from annotation.measurements.sharpness import sharpness
from annotation.measurements.step import step
from annotation.measurements.view import look
from schemas.picture import Mask, Pixels

_ALL = (step, illuminant, contour, noise, repetition, sharpness, resampling, grid)


def measure(pixels: Pixels, region: Mask) -> Measurements:
    """Every measurement of `region` in `pixels`, with the figures that a rationale quotes.

    `pixels`: RGB uint8 (height, width, 3). `region`: bool (height, width); for an authentic
    picture a region chosen for it without regard to forging, so that both kinds are measured
    alike. What such a region follows decides what is ordinary: one borrowed from another picture
    cuts across this one's objects, so that any outline of an object is then out of the ordinary;
    one that follows an object of its own keeps that from counting. A measurement that cannot be
    taken is NaN: all of them where `measurements.view.look` finds the region or its surroundings
    too small. Raises `ValueError` for arrays that do not fit together.
    """
    view = look(pixels, region)
    if view is None:
        return {measurement.name: math.nan for measurement in MEASUREMENTS}
    values: dict[str, float] = {}
    for one in _ALL:
        values.update(one(view))
    return values
