"""The measurements of the measured rater, one module each, and the list of all."""

from __future__ import annotations

from annotation.measurements.contour import (
    CONTOUR_ALIGNMENT,
    CONTOUR_CURVATURE,
    CONTOUR_GRADIENT,
)
from annotation.measurements.grid import GRID_MISMATCH
from annotation.measurements.illuminant import ILLUMINANT_ANGLE
from annotation.measurements.kind import Measurement, Measurements
from annotation.measurements.noise import NOISE_RATIO
from annotation.measurements.repetition import REPETITION
from annotation.measurements.resampling import RESAMPLING
from annotation.measurements.sharpness import SHARPNESS_RATIO
from annotation.measurements.step import COLOUR_STEP, LIGHTNESS_STEP

__all__ = ["BY_NAME", "MEASUREMENTS", "Measurement", "Measurements"]

MEASUREMENTS: tuple[Measurement, ...] = (
    LIGHTNESS_STEP,
    COLOUR_STEP,
    ILLUMINANT_ANGLE,
    CONTOUR_ALIGNMENT,
    CONTOUR_GRADIENT,
    CONTOUR_CURVATURE,
    NOISE_RATIO,
    REPETITION,
    SHARPNESS_RATIO,
    RESAMPLING,
    GRID_MISMATCH,
)
"""Every calibrated measurement; no two share a name."""

BY_NAME: dict[str, Measurement] = {measurement.name: measurement for measurement in MEASUREMENTS}
