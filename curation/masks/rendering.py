"""What a model does to a whole picture besides the edit: a drift of its colours, a loss of detail.

Both are estimated from the pair and done to the source as well, so that only the edit differs.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from curation.masks.colour_difference import Floats
from schemas.picture import Mask

_ROUNDS = 8
_CUT = 3.0
_BLURS = (0.5, 0.7, 0.9, 1.2, 1.6, 2.2)
_WORTH = 0.98
_SAMPLES = 16_000


def rendered_alike(source: Floats, image: Floats, shown: Mask) -> Floats:
    """The source with the colours and the sharpness of the image; all CIELAB, of one size.

    Only pixels of `shown` are looked at. What is edited counts as outlier: up to about half of
    the picture.
    """
    return _as_sharp(_coloured_alike(source, image, shown), image, shown)


def _coloured_alike(source: Floats, image: Floats, shown: Mask) -> Floats:
    """One affine map of colour for the whole picture, by iteratively reweighted least squares.

    It is drawn towards a mere shift, because some pictures have too few colours to tell.
    """
    step = _step(shown)
    seen = shown[::step, ::step]
    known, wanted = source[::step, ::step][seen], image[::step, ::step][seen]
    if len(known) == 0:
        return source
    design = np.column_stack([known, np.ones(len(known), np.float32)]).astype(np.float64)
    shift_alone = np.vstack([np.eye(3), np.zeros((1, 3))])
    pull = np.diag([len(known)] * 3 + [1e-6]).astype(np.float64)
    drift = shift_alone.copy()
    drift[3] = np.median(wanted - known, axis=0)
    for _ in range(_ROUNDS):
        residual = np.linalg.norm(design @ drift - wanted, axis=1)
        scale = 1.4826 * float(np.median(residual)) + 0.5
        weight = np.maximum(1 - (residual / (_CUT * scale)) ** 2, 0) ** 2
        weighted = design * weight[:, None]
        drift = np.linalg.solve(
            weighted.T @ design + pull, weighted.T @ wanted + pull @ shift_alone
        )
    moved = source.reshape(-1, 3) @ drift[:3] + drift[3]
    return np.asarray(moved.reshape(source.shape), np.float32)


def _as_sharp(source: Floats, image: Floats, shown: Mask) -> Floats:
    """The source, blurred as far as that brings its lightness nearer to the image's."""
    step = _step(shown)
    seen = shown[::step, ::step]
    light, goal = np.ascontiguousarray(source[:, :, 0]), image[::step, ::step, 0][seen]
    if len(goal) == 0:
        return source
    best = 0.0
    least = float(np.quantile(np.abs(light[::step, ::step][seen] - goal), [0.5, 0.6]).sum())
    for sigma in _BLURS:
        blurred = cv2.GaussianBlur(light, (0, 0), sigma)[::step, ::step][seen]
        left = float(np.quantile(np.abs(blurred - goal), [0.5, 0.6]).sum())
        if left >= _WORTH * least:
            break
        best, least = sigma, left
    return np.asarray(cv2.GaussianBlur(source, (0, 0), best), np.float32) if best else source


def _step(shown: Mask) -> int:
    """Every how many rows and columns are enough to look at."""
    return max(2, round(math.sqrt(shown.size / _SAMPLES)))
