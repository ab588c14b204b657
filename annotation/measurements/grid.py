"""Quality: does the region keep the 8 by 8 block grid that the rest of the picture has?"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from annotation.measurements.kind import Measurement, Measurements, ratio
from annotation.measurements.view import Plane, View
from schemas.picture import Mask

_CLIP = 20.0
_FLOOR = 0.1
_MIN_PIXELS = 32


def grid(view: View) -> dict[str, float]:
    """Strength of the picture's block grid inside and outside of the region, 1 where there is none.

    A third difference of luma across the border of two 8 px blocks exceeds that elsewhere once a
    picture was compressed as JPEG. The grid's phase is the strongest of the eight outside the
    region; strength is the mean difference at that phase over the median of the eight; rows and
    columns are averaged. NaN where a phase has fewer than 32 pixels.
    """
    logs = []
    for luma, region in ((view.luma, view.region), (view.luma.T, view.region.T)):
        inside, outside = _by_phase(luma, region)
        phase = int(np.argmax(outside))
        pair = [
            math.log((side[phase] + _FLOOR) / (np.median(side) + _FLOOR))
            for side in (inside, outside)
        ]
        logs.append(pair)
    first, second = np.exp(np.mean(np.array(logs), axis=0))
    return {
        "grid_inside": float(first),
        "grid_outside": float(second),
        "grid_ratio": float(first / second),
    }


def _by_phase(luma: Plane, region: Mask) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean absolute third difference along rows at each of the 8 phases, in and outside."""
    middle = luma[:, 2:-1] - luma[:, 1:-2]
    jump = np.minimum(np.abs(3 * middle - (luma[:, 3:] - luma[:, :-3])), _CLIP)
    # A jump counts for a side only if all its four pixels lie there.
    all_in = region[:, :-3] & region[:, 1:-2] & region[:, 2:-1] & region[:, 3:]
    any_in = region[:, :-3] | region[:, 1:-2] | region[:, 2:-1] | region[:, 3:]
    phases = np.arange(jump.shape[1]) % 8
    sides = []
    for where in (all_in, ~any_in):
        counts = np.bincount(phases, weights=where.sum(axis=0), minlength=8)
        sums = np.bincount(phases, weights=(jump * where).sum(axis=0), minlength=8)
        means = np.where(counts >= _MIN_PIXELS, sums / np.maximum(counts, 1), math.nan)
        sides.append(means)
    return sides[0], sides[1]


def _say(values: Measurements) -> str:
    return (
        "the picture's 8-pixel block grid has a strength of "
        f"{values['grid_inside']:.2f} against {values['grid_outside']:.2f} elsewhere "
        f"(1 is no grid), a ratio of {values['grid_ratio']:.2f}"
    )


GRID_RATIO = Measurement(
    name="grid_ratio",
    attribute="quality",
    tail="both",
    log=True,
    show=ratio,
    say=_say,
    reference="Z. Fan, R. L. de Queiroz, Identification of bitmap compression history, 2003",
)
