"""Quality: does the region keep the 8 by 8 block grid that the rest of the picture has?"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from annotation.measurements.kind import Measurement, Measurements, ratio
from annotation.measurements.view import Plane, View
from schemas.picture import Mask

_CLIP = 20.0
_FLOOR = 0.5
_MIN_PIXELS = 24


def grid(view: View) -> dict[str, float]:
    """How much stronger the region's block grid is at a phase of its own than at the picture's.

    A third difference of luma across the border of two 8 px blocks exceeds that elsewhere once a
    picture was compressed as JPEG. The picture's phase is the strongest of the eight outside the
    region; a strength is the mean difference at a phase over the median of the eight, 1 where
    there is no grid. Rows and columns are averaged. `grid_mismatch` is the greatest strength
    inside over the one at the picture's phase: 1 where the phases are the same. NaN where a phase
    has fewer than 24 pixels.
    """
    logs = []
    for luma, region in ((view.luma, view.region), (view.luma.T, view.region.T)):
        inside, outside = _by_phase(luma, region)
        phase = int(np.argmax(outside))
        logs.append([math.log(outside[phase]), math.log(inside[phase]), math.log(inside.max())])
    outside_strength, same_phase, own_phase = np.exp(np.mean(np.array(logs), axis=0))
    return {
        "grid_outside": float(outside_strength),
        "grid_inside": float(same_phase),
        "grid_mismatch": float(own_phase / same_phase),
    }


def _by_phase(luma: Plane, region: Mask) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Strength at each of the 8 phases of the borders between columns, inside and outside."""
    jump = np.abs(3 * (luma[:, 2:-1] - luma[:, 1:-2]) - (luma[:, 3:] - luma[:, :-3]))
    jump = np.minimum(jump, _CLIP)
    inside = region[:, 1:-2] & region[:, 2:-1]
    outside = ~(region[:, 1:-2] | region[:, 2:-1])
    phases = np.arange(jump.shape[1]) % 8

    def strength(where: Mask) -> npt.NDArray[np.float64]:
        counts = np.bincount(phases, weights=where.sum(axis=0), minlength=8)
        sums = np.bincount(phases, weights=(jump * where).sum(axis=0), minlength=8)
        if counts.min() < _MIN_PIXELS:
            return np.full(8, math.nan)
        means = sums / counts + _FLOOR
        return np.asarray(means / np.median(means), dtype=np.float64)

    return strength(inside), strength(outside)


def _say(values: Measurements) -> str:
    return (
        "the 8-pixel block grid is "
        f"{values['grid_mismatch']:.2f} times as strong at a phase of the area's own as at the "
        f"phase of the rest of the picture, where its strength is {values['grid_outside']:.2f} "
        "(1 is no grid)"
    )


GRID_MISMATCH = Measurement(
    name="grid_mismatch",
    attribute="quality",
    tail="high",
    scale="log",
    show=ratio,
    say=_say,
    reference=(
        "Z. Fan, R. L. de Queiroz, Identification of bitmap compression history: JPEG detection "
        "and quantizer estimation, 2003"
    ),
)
