"""Edges: is the region's outline a seam, compared with parallel contours a few pixels away?"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from annotation.measurements.kind import Measurement, Measurements, ratio
from annotation.measurements.view import Plane, View

_REACH = 12
_NEAR = slice(_REACH - 3, _REACH + 3)
_FAR = np.r_[0 : _REACH - 5, _REACH + 5 : 2 * _REACH]
_MIN_PIXELS = 12
_FLOORS = {"gradient": 0.5, "curvature": 1.0}
_NAMES = ("gradient", "curvature", "alignment")


def contour(view: View) -> dict[str, float]:
    """Gradient, curvature and alignment of luma along the outline and along its parallels.

    Parallels are bands of signed distance, one pixel wide, up to 12 px to either side. "On" is
    the strongest of the six within 3 px of the outline; "beside" the mean of those 5 to 12 px
    away. `gradient`: mean magnitude in grey levels per pixel. `curvature`: mean absolute Laplacian,
    which grows as a step gets harder. `alignment`: share (0..1) of the gradient that is square to
    the outline; about 0.64 where the outline ignores what it crosses. Gradients under 0.5 and
    curvatures under 1 grey level count as that much, since rounding makes as many. NaN where too
    few pixels lie on either.
    """
    luma = view.near_luma
    smooth = cv2.GaussianBlur(luma, (0, 0), 0.7)
    across, down = _gradient(np.asarray(smooth, dtype=np.float32))
    magnitude = np.hypot(across, down)
    # Smoothing gives the distance a gradient on its ridges too, where two sides meet.
    lifted = np.asarray(cv2.GaussianBlur(view.distance, (0, 0), 2.0), dtype=np.float32)
    normal_x, normal_y = _gradient(lifted)
    length = np.maximum(np.hypot(normal_x, normal_y), 1e-6)
    square = np.abs(across * normal_x + down * normal_y) / length
    laplacian = np.abs(cv2.Laplacian(luma, -1))

    band = np.floor(view.distance).astype(np.intp) + _REACH
    counted = (band >= 0) & (band < 2 * _REACH)
    band = band[counted]
    pixels = np.bincount(band, minlength=2 * _REACH)
    sums = [
        np.bincount(band, weights=plane[counted], minlength=2 * _REACH)
        for plane in (magnitude, laplacian, square)
    ]
    enough = pixels >= _MIN_PIXELS
    divisor = np.maximum(pixels, 1)
    profiles = (
        sums[0] / divisor,
        sums[1] / divisor,
        sums[2] / (sums[0] + _FLOORS["gradient"] * divisor),
    )
    values: dict[str, float] = {}
    for name, profile in zip(_NAMES, profiles, strict=True):
        on, beside = _on_and_beside(np.where(enough, profile, math.nan))
        if name == "alignment":
            values["contour_alignment"] = on - beside
        else:
            # NaN first: max() keeps its first argument when a comparison with NaN fails.
            on, beside = max(on, _FLOORS[name]), max(beside, _FLOORS[name])
            values[f"contour_{name}"] = on / beside
        values[f"contour_{name}_on"] = on
        values[f"contour_{name}_beside"] = beside
    return values


def _gradient(plane: Plane) -> tuple[Plane, Plane]:
    """Horizontal and vertical derivative per pixel."""
    return (
        np.asarray(cv2.Sobel(plane, -1, 1, 0, ksize=3, scale=1 / 8), dtype=np.float32),
        np.asarray(cv2.Sobel(plane, -1, 0, 1, ksize=3, scale=1 / 8), dtype=np.float32),
    )


def _on_and_beside(profile: npt.NDArray[np.float64]) -> tuple[float, float]:
    near, far = profile[_NEAR], profile[_FAR]
    near, far = near[~np.isnan(near)], far[~np.isnan(far)]
    if not len(near) or not len(far):
        return math.nan, math.nan
    return float(near.max()), float(far.mean())


def _say_gradient(values: Measurements) -> str:
    return (
        f"the brightness gradient on the outline is {values['contour_gradient_on']:.1f} grey "
        f"levels per pixel against {values['contour_gradient_beside']:.1f} beside it, "
        f"a ratio of {values['contour_gradient']:.2f}"
    )


def _say_curvature(values: Measurements) -> str:
    return (
        "the brightness curvature (mean absolute Laplacian) is "
        f"{values['contour_curvature_on']:.1f} grey levels on the outline against "
        f"{values['contour_curvature_beside']:.1f} beside it, "
        f"a ratio of {values['contour_curvature']:.2f}"
    )


def _say_alignment(values: Measurements) -> str:
    return (
        f"{100 * values['contour_alignment_on']:.0f} % of the brightness gradient on the outline "
        f"runs square to it, against {100 * values['contour_alignment_beside']:.0f} % on parallel "
        f"lines beside it, a difference of {100 * values['contour_alignment']:.0f} points"
    )


def _points(value: float) -> str:
    return f"{100 * value:.0f} points"


CONTOUR_GRADIENT = Measurement(
    name="contour_gradient",
    attribute="edges",
    tail="high",
    scale="log",
    show=ratio,
    say=_say_gradient,
    reference="V. Caselles, R. Kimmel, G. Sapiro, Geodesic active contours, 1997",
)
CONTOUR_CURVATURE = Measurement(
    name="contour_curvature",
    attribute="edges",
    tail="both",
    scale="log",
    show=ratio,
    say=_say_curvature,
    reference="D. Marr, E. Hildreth, Theory of edge detection, 1980",
)
CONTOUR_ALIGNMENT = Measurement(
    name="contour_alignment",
    attribute="edges",
    tail="high",
    scale="linear",
    show=_points,
    say=_say_alignment,
    reference="A. Vasilevskiy, K. Siddiqi, Flux maximizing geometric flows, 2002",
)
