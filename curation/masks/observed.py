"""The observed mask: which pixels of a forgery really differ from its source, whoever made it.

Three kinds of pair exist. Where neither picture went through a lossy codec after the edit, a pixel
was changed if any of its bytes differs. Where one did, the codec changed most pixels a little, and
its noise is estimated from the pair itself. Where a model rendered the picture anew, it may also
have moved it, so the pair is registered first. No generator is asked in any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from curation.masks.colour_difference import Floats, lab, length
from curation.masks.model_noise import rendered_change
from curation.masks.registration import Registration, register, warp
from schemas.picture import Mask, Pixels

PINHOLE = 9
"""Unchanged pixels, at most, that are taken into the edit when changed ones enclose them."""
SPECK = 64
"""Changed pixels, fewer of which in one piece are codec noise; one 8 by 8 block of JPEG."""
RIM = 8
"""Pixels around the applied mask into which a codec may spread the edit of a noisy pair."""

_SMOOTHING = 2.0
_DEVIATIONS = 12.0
_LEAST, _GREATEST = 5.0, 15.0
_ENOUGH = 1024


class NoiseFloor(StrEnum):
    """What, besides the edit, can make the pictures of a pair differ."""

    NONE = "none"
    """Nothing: every differing pixel belongs to the edit."""
    CODEC = "codec"
    """A lossy codec, all over the picture."""
    MODEL = "model"
    """A model that rendered the whole picture anew, and may have moved or resized it."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What differs between a source and its forgery. Areas are shares of the picture, 0..1.

    `magnitude`: mean colour difference (CIE 1976 ΔE*ab) inside the mask, 0 where it is empty.
    `threshold`: the ΔE*ab that counted as change, 0 for pairs without noise; where a model
    rendered the picture it grows with detail, and this is its median.
    The others are None without an applied mask. `applied_changed`: share of the applied mask that
    changed. `outside`: share of the change that lies outside the applied mask, in noisy pairs more
    than `RIM` pixels away from it.
    `differing_outside`: number of pixels outside it that differ at all; None for noisy pairs.
    `registration`: where the source lies in the forgery, for pairs that were registered. Pixels
    that show no part of the source count as unchanged. Where it is not `confident`, neither the
    mask nor anything that was computed from it can be trusted.
    """

    mask: Mask
    changed_area: float
    magnitude: float
    threshold: float
    applied_area: float | None
    applied_changed: float | None
    outside: float | None
    differing_outside: int | None
    registration: Registration | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Intersection over union of each two of the three masks; None where one is missing."""

    requested_applied: float | None
    requested_observed: float | None
    applied_observed: float | None


def observe(
    source: Pixels,
    forgery: Pixels,
    applied: Mask | None,
    *,
    noise: NoiseFloor = NoiseFloor.NONE,
    registration: Registration | None = None,
) -> Observation:
    """Compare a forgery with its source, both (height, width, 3) uint8.

    The observed mask and the applied one have the forgery's size.

    Without noise the mask is exact, but for pin-holes: up to `PINHOLE` pixels that are equal by
    chance and enclosed by changed ones count as changed, where the applied mask covers them.
    Larger unchanged islands (the inside of a letter, of a ring) stay out.

    With noise, change is where the smoothed ΔE*ab (CIE 1976, D65) exceeds the median plus
    `_DEVIATIONS` robust deviations of the most detailed pixels outside the applied mask, kept
    within 5 to 15 so that a picture changed all over is not taken for noise. An edit must then
    have at least `SPECK` pixels in one piece.

    After a model the sizes may differ. The pair is registered, unless `registration` says where
    the source lies, and the source, moved there, is compared as `model_noise` says.

    Raises ValueError where the sizes differ and no model is to blame: what changed is then not a
    matter of pixels.
    """
    if applied is not None and applied.shape != forgery.shape[:2]:
        raise ValueError(f"the applied mask {applied.shape} is not of the size {forgery.shape[:2]}")
    if noise is NoiseFloor.MODEL:
        return _after_model(source, forgery, applied, registration)
    if source.shape != forgery.shape:
        raise ValueError(f"source and forgery differ in size: {source.shape} and {forgery.shape}")

    differs: Mask = (source != forgery).any(axis=2)
    if not differs.any():
        mask, magnitude, threshold = differs, 0.0, 0.0
    else:
        difference = lab(source) - lab(forgery)
        if noise is NoiseFloor.NONE:
            mask, threshold = _fill_pinholes(differs, applied), 0.0
        else:
            mask, threshold = _beyond_noise(source, difference, applied)
        magnitude = _magnitude(difference, mask)
    exact = noise is NoiseFloor.NONE
    return _figures(mask, magnitude, threshold, applied, differs if exact else None)


def agreement(requested: Mask | None, applied: Mask | None, observed: Mask | None) -> Agreement:
    """How far the three masks of a forgery agree; two empty masks agree fully (1)."""
    return Agreement(
        requested_applied=_overlap(requested, applied),
        requested_observed=_overlap(requested, observed),
        applied_observed=_overlap(applied, observed),
    )


def _after_model(
    source: Pixels, forgery: Pixels, applied: Mask | None, registration: Registration | None
) -> Observation:
    where = register(source, forgery) if registration is None else registration
    moved, shown = warp(source, where)
    if moved.shape != forgery.shape:
        raise ValueError(f"the registration is for a picture {where.size}, not {forgery.shape[:2]}")
    change = rendered_change(moved, forgery, shown)
    magnitude = _magnitude(change.difference, change.mask)
    return _figures(change.mask, magnitude, change.threshold, applied, None, where)


def _figures(
    mask: Mask,
    magnitude: float,
    threshold: float,
    applied: Mask | None,
    differs: Mask | None,
    registration: Registration | None = None,
) -> Observation:
    """The observation of a mask; `differs` are all pixels that differ, None for noisy pairs."""
    changed = int(mask.sum())
    area = changed / mask.size
    if applied is None:
        return Observation(mask, area, magnitude, threshold, None, None, None, None, registration)
    covered = int(applied.sum())
    beyond = ~_grow(applied) if differs is None else ~applied
    return Observation(
        mask=mask,
        changed_area=area,
        magnitude=magnitude,
        threshold=threshold,
        applied_area=covered / mask.size,
        applied_changed=int((mask & applied).sum()) / max(covered, 1),
        outside=int((mask & beyond).sum()) / max(changed, 1),
        differing_outside=None if differs is None else int((differs & beyond).sum()),
        registration=registration,
    )


def _magnitude(difference: Floats, mask: Mask) -> float:
    return float(length(difference)[mask].mean(dtype=np.float64)) if mask.any() else 0.0


def _overlap(one: Mask | None, other: Mask | None) -> float | None:
    if one is None or other is None:
        return None
    union = int((one | other).sum())
    return int((one & other).sum()) / union if union else 1.0


def _beyond_noise(source: Pixels, difference: Floats, applied: Mask | None) -> tuple[Mask, float]:
    # Smoothing the signed difference cancels noise of mean 0 and keeps a shift of colour.
    colour = length(difference)
    smooth = length(cv2.GaussianBlur(difference, (0, 0), _SMOOTHING).astype(np.float32))
    quiet = _busiest_quarter(source, applied)
    threshold = min(max(_centre_and_spread(smooth[quiet], _DEVIATIONS), _LEAST), _GREATEST)
    # Smoothing spreads an edit over its outline; the unsmoothed difference draws the outline back.
    outline = colour > min(_centre_and_spread(colour[quiet], 1.0), _LEAST)
    found = (smooth > threshold) & outline
    closed = cv2.morphologyEx(found.view(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return _drop_specks(_fill_pinholes(closed.astype(np.bool_), None)), threshold


def _grow(mask: Mask) -> Mask:
    kernel = np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)
    return cv2.dilate(mask.astype(np.uint8), kernel).astype(np.bool_)


def _busiest_quarter(source: Pixels, applied: Mask | None) -> Mask:
    """Where noise is measured: the quarter with most detail, outside the applied mask.

    A codec's error grows with detail; on a page, the paper would hide that of the letters.
    """
    grey = cv2.cvtColor(source, cv2.COLOR_RGB2GRAY).astype(np.float32)
    detail = cv2.blur(np.abs(grey - cv2.blur(grey, (9, 9))), (9, 9))
    outside = np.ones(grey.shape, np.bool_) if applied is None else ~applied
    if int(outside.sum()) < _ENOUGH:
        outside = np.ones(grey.shape, np.bool_)
    busy: Mask = outside & (detail >= np.quantile(detail[outside], 0.75))
    return busy


def _centre_and_spread(values: Floats, deviations: float) -> float:
    """Median plus so many standard deviations, estimated by the median absolute deviation."""
    median = float(np.median(values))
    return median + deviations * 1.4826 * float(np.median(np.abs(values - median)))


def _fill_pinholes(mask: Mask, allowed: Mask | None) -> Mask:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (~mask).view(np.uint8), connectivity=4
    )
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    hole = (stats[:, cv2.CC_STAT_AREA] <= PINHOLE) & (left > 0) & (top > 0)
    hole &= (right < mask.shape[1]) & (bottom < mask.shape[0])
    hole[0] = False  # label 0 is the changed part
    if allowed is not None:
        hole &= np.bincount(labels[~allowed], minlength=count) == 0
    return mask | hole[labels] if hole.any() else mask


def _drop_specks(mask: Mask) -> Mask:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= SPECK
    keep[0] = False  # label 0 is the unchanged part
    kept: Mask = keep[labels]
    return kept
