"""Which pixels were edited where a model rendered the whole picture anew, and so changed them all.

A re-rendered pixel differs by so much for so much detail around it; how much is measured on the
pair itself. An edited one differs by a multiple of that: in colour, over some area, or in texture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from curation.masks.colour_difference import Floats, lab, length
from curation.masks.rendering import rendered_alike
from schemas.picture import Mask, Pixels

LEAST = 32
"""Pixels of an edit, at the least."""
HOLE = 0.3
"""Unchanged pixels that an edit encloses belong to it, up to this share of the edit."""

_DEVIATIONS, _CERTAIN, _CLEAR = 3.0, 1.5, 5.0
_FAINTEST = 0.3
_VOTED, _SEED, _BELONGS = 1.5, 0.5, -0.2
_OUTLINE, _SOFT = 0.6, 0.25
_ABOUT, _PATCH = 17, 0.02
_BINS, _SAMPLES = 20, 20_000
_FEWEST = 0.1


@dataclass(frozen=True, slots=True)
class RenderedChange:
    """The edited pixels. `difference`: CIELAB of the image less that of the source, rendered alike.

    `threshold`: the ΔE*ab that counted as change in the middle of the picture's pixels.
    """

    mask: Mask
    difference: Floats
    threshold: float


def rendered_change(source: Pixels, image: Pixels, shown: Mask) -> RenderedChange:
    """Find the edit in `image`; all (height, width) alike, the source in the image's frame.

    Only where `shown` is True does the source show; elsewhere nothing counts as change.

    Three residuals are held against their own noise floor: that of a pixel, that of the colour of
    its surroundings, that of their texture. Their votes, of bounded weight, are averaged; where
    they carry an area, the edit is grown from it. Its outline lies where the residual has fallen
    to `_OUTLINE` of what it is inside: smoothing alone would put it too far out. A piece of less
    than `_PATCH` of the picture must exceed one of the floors `_CLEAR` times on the average: what a
    model does to a saturated or a dark patch exceeds it by less.
    """
    seen = lab(image)
    alike = rendered_alike(lab(source), seen, shown)
    difference = np.where(shown[..., None], seen - alike, 0).astype(np.float32)
    power = _blur(np.square(difference).sum(axis=2), 2.0)
    residuals = (
        length(_blur(difference, 0.8)),
        length(_blur(difference, 3.0)),
        np.sqrt(power),
    )
    # The lesser detail of both, so that texture which came or went is held against flat parts.
    detail = np.minimum(_detail(alike), _detail(seen))
    quiet = shown
    for _ in range(2):
        floors = [_floor(residual, detail, quiet) for residual in residuals]
        excess = [
            np.asarray(one / floor, np.float32)
            for one, floor in zip(residuals, floors, strict=True)
        ]
        # Bounded, so that no residual, however large, outvotes its neighbourhood.
        votes = [
            np.asarray(np.clip((one - _DEVIATIONS) / _CERTAIN, -1, 1), np.float32) for one in excess
        ]
        verdict = _blur(np.mean(votes, axis=0), _VOTED)
        near = cv2.dilate((verdict > -0.3).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        calm = shown & ~near
        quiet = calm if calm.sum() > _FEWEST * shown.sum() else shown
    seeds = (_blur(verdict, 3.0) > _SEED) & shown
    core = _grown((verdict > _BELONGS) & shown, seeds)
    mask = _clear(_fill(_outlined(core, residuals[0], votes[0])) & shown, excess)
    threshold = float(np.median(floors[0][shown])) * _DEVIATIONS if shown.any() else 0.0
    return RenderedChange(mask, difference, threshold)


def _floor(residual: Floats, detail: Floats, quiet: Mask) -> Floats:
    """The residual of a rendering alone, by detail: a straight line that most of the picture keeps.

    The medians of bins of like detail are its points. An edit raises those of some bins, so the
    line is the one through two of them that comes near to the most (least truncated log error).
    """
    known, values = detail[quiet], residual[quiet]
    if len(known) < _BINS:
        return np.full_like(residual, _FAINTEST)
    every = max(1, len(known) // _SAMPLES)
    known, values = known[::every], values[::every]
    order = np.argsort(known, kind="stable")
    x = np.array([np.median(part) for part in np.array_split(known[order], _BINS)], np.float64)
    y = np.array([np.median(part) for part in np.array_split(values[order], _BINS)], np.float64)
    one, other = np.triu_indices(_BINS, 1)
    run = x[other] - x[one]
    slope = np.where(run > 0.05, (y[other] - y[one]) / np.maximum(run, 0.05), 0)
    slope = np.maximum(slope, 0)
    start = np.maximum((y[one] + y[other]) / 2 - slope * (x[one] + x[other]) / 2, 0)
    line = start[:, None] + slope[:, None] * x
    error = np.minimum(np.abs(np.log((y + 0.05) / (line + 0.05))), 0.5).sum(axis=1)
    best = int(error.argmin())
    return np.asarray(start[best] + slope[best] * detail + _FAINTEST, np.float32)


def _outlined(core: Mask, residual: Floats, vote: Floats) -> Mask:
    inside = core.astype(np.float32)
    nearby = np.sqrt(
        _blur(np.square(residual) * inside, 3.0) / np.maximum(_blur(inside, 3.0), 1e-3)
    )
    height = np.clip((residual / np.maximum(nearby, 1e-3) - _OUTLINE) / _SOFT, -1, 1)
    kept = core & (_blur(np.where(vote > -1, height, -1).astype(np.float32), 1.0) > 0)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    return cv2.morphologyEx(kept.astype(np.uint8), cv2.MORPH_CLOSE, disc).astype(np.bool_)


def _detail(picture: Floats) -> Floats:
    """Local deviation of lightness."""
    light = np.ascontiguousarray(picture[:, :, 0])
    return np.sqrt(_blur(np.square(light - _blur(light, 2.0)), 2.0))


def _grown(mask: Mask, seeds: Mask) -> Mask:
    """The connected pieces that hold a seed."""
    count, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    keep = np.bincount(labels[seeds], minlength=count) > 0
    keep[0] = False  # label 0 is the unchanged part
    kept: Mask = keep[labels]
    return kept


def _clear(mask: Mask, excess: list[Floats]) -> Mask:
    """The pieces that are large and differ enough, with those that lie about them."""
    about = cv2.dilate(mask.view(np.uint8), np.ones((_ABOUT, _ABOUT), np.uint8))
    count, labels = cv2.connectedComponents(about, connectivity=8)
    members = labels[mask]
    area = np.bincount(members, minlength=count)
    sums = [np.bincount(members, one[mask], minlength=count) for one in excess]
    bar = np.where(area < _PATCH * mask.size, _CLEAR, _DEVIATIONS)
    keep = (area >= LEAST) & (np.max(sums, axis=0) > bar * area)
    kept: Mask = mask & keep[labels]
    return kept


def _fill(mask: Mask) -> Mask:
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~mask).view(np.uint8), connectivity=4)
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    hole = (left > 0) & (top > 0) & (right < mask.shape[1]) & (bottom < mask.shape[0])
    hole &= stats[:, cv2.CC_STAT_AREA] <= HOLE * int(mask.sum())
    hole[0] = False  # label 0 is the changed part
    filled: Mask = mask | hole[labels]
    return filled


def _blur(plane: npt.NDArray[np.floating], sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(plane.astype(np.float32), (0, 0), sigma), np.float32)
