"""Texture: does the region occur a second time elsewhere in the picture?"""

from __future__ import annotations

import math

import cv2
import numpy as np

from annotation.measurements.kind import Measurement, Measurements, ratio
from annotation.measurements.view import MIN_INSIDE, View

_CLIP = 12.0
_FLAT_ENERGY = 1.0


def repetition(view: View) -> dict[str, float]:
    """The greatest normalised cross-correlation of the region with the picture, shifted.

    On luma between 0.7 and 3 px of scale, clipped so that no single edge decides, and without the
    region's rim of 2 px; over all shifts that keep the region's box inside the picture and are
    longer than a third of the root of its area. An exact copy gives nearly 1; a flat region nearly
    0; turned or scaled copies are missed.
    NaN where the box leaves no such shift.
    """
    fine = cv2.GaussianBlur(view.luma, (0, 0), 0.7)
    band = np.clip(fine - cv2.GaussianBlur(view.luma, (0, 0), 3.0), -_CLIP, _CLIP)
    rows, columns = np.nonzero(view.region)
    top, left = int(rows.min()), int(columns.min())
    box = (slice(top, int(rows.max()) + 1), slice(left, int(columns.max()) + 1))
    weights = cv2.erode(view.region[box].astype(np.float32), np.ones((5, 5)))
    if np.count_nonzero(weights) < MIN_INSIDE:
        weights = view.region[box].astype(np.float32)
    template = band[box] * weights
    found = cv2.matchTemplate(band, template, cv2.TM_CCORR)
    energy = cv2.matchTemplate(band * band, weights, cv2.TM_CCORR)
    own = float(np.sum(template * template))
    # A floor on the energy keeps two flat patches from counting as alike.
    floor = _FLAT_ENERGY * float(weights.sum())
    score = found / np.sqrt((np.maximum(energy, 0) + floor) * (own + floor))
    reach = max(8, int(len(rows) ** 0.5 / 3))
    score[max(0, top - reach) : top + reach + 1, max(0, left - reach) : left + reach + 1] = -1
    best = int(np.argmax(score))
    if score.flat[best] == -1:
        return {"repetition": math.nan, "repetition_shift": math.nan}
    row, column = divmod(best, score.shape[1])
    return {
        "repetition": max(0.0, float(score.flat[best])),
        "repetition_shift": math.hypot(row - top, column - left),
    }


def _say(values: Measurements) -> str:
    return (
        "the closest match of the texture elsewhere in the picture, "
        f"{values['repetition_shift']:.0f} px away, correlates with it at "
        f"{values['repetition']:.2f}"
    )


REPETITION = Measurement(
    name="repetition",
    attribute="texture",
    tail="high",
    scale="fisher",
    show=ratio,
    say=_say,
    reference="V. Christlein et al., An evaluation of popular copy-move forgery detection, 2012",
)
