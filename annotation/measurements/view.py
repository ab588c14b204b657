"""A region and its surroundings, cut out once so that all measurements see the same pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from schemas.picture import Mask, Pixels

Plane = npt.NDArray[np.float32]

GAP = 2.0
"""Pixels this near the outline belong to neither side: they mix both."""
MIN_INSIDE = 48
MIN_AROUND = 200
_MARGIN = 16


@dataclass(frozen=True, slots=True)
class View:
    """A region in its surroundings.

    `luma` (float32, 0..255) and `region` are of the whole picture. The rest is cut to the
    region's box with a margin: `pixels`, `near_luma`, `distance` (signed distance to the outline
    in pixels, positive inside), `inside` (the region without its rim, unless it is all rim) and
    `around` (a ring about it, also without the rim).
    """

    luma: Plane
    region: Mask
    pixels: Pixels
    near_luma: Plane
    distance: Plane
    inside: Mask
    around: Mask


def look(pixels: Pixels, region: Mask) -> View | None:
    """The view of `region` (bool, (height, width)) in `pixels` (RGB uint8, (height, width, 3)).

    The ring is 12 to 64 px wide, 0.6 times the root of the region's area. None where the region
    has fewer than 48 pixels or the ring fewer than 200: too small to
    measure, or so large that nothing is left to compare it with. Raises `ValueError` for arrays
    that do not fit together.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError(f"pixels must be RGB uint8, not {pixels.dtype} of shape {pixels.shape}")
    if region.dtype != np.bool_ or region.shape != pixels.shape[:2]:
        raise ValueError(
            f"the region must be bool of shape {pixels.shape[:2]}, "
            f"not {region.dtype} of shape {region.shape}"
        )
    area = int(np.count_nonzero(region))
    if area < MIN_INSIDE or region.size - area < MIN_AROUND:
        return None
    width = min(64.0, max(12.0, 0.6 * area**0.5))
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    margin = int(width) + _MARGIN
    near = (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1),
    )
    luma = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.float32)
    distance = _signed_distance(region[near])
    inside = distance > GAP
    if np.count_nonzero(inside) < MIN_INSIDE:
        inside = region[near]  # Strokes are all rim.
    around = (distance < -GAP) & (distance > -GAP - width)
    if np.count_nonzero(around) < MIN_AROUND:
        return None
    return View(luma, region, pixels[near], luma[near], distance, inside, around)


def _signed_distance(region: Mask) -> Plane:
    """Distance to the outline, which runs between the pixels: +0.5 just inside, -0.5 outside."""
    mask = region.astype(np.uint8)
    inwards = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    outwards = cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
    return np.asarray(np.where(region, inwards - 0.5, 0.5 - outwards), dtype=np.float32)
