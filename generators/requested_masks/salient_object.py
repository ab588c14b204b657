"""Cuts a salient object out of a picture, or says that it has none."""

from __future__ import annotations

import cv2
import numpy as np

from generators.contract import CannotForge
from generators.requested_masks.salience import (
    Plane,
    enlarge,
    main_component,
    reduce,
    salience,
    to_lab,
)
from schemas.picture import Mask, Pixels

_LEVELS = (0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85)
_CUTS = 4
_OUTLINED = 0.5
_EDGE = 7.0
_FRAME = 0.12
_SOLID = 0.4


def salient_object(pixels: Pixels, rng: np.random.Generator, area: tuple[float, float]) -> Mask:
    """An object-like region: it stands out, is compact, and edges run along its outline.

    Candidates are the components of the salience map above several levels; the most promising
    are cut out by GrabCut (Rother, Kolmogorov and Blake, 2004) on a reduced picture. Raises
    `CannotForge` ("no_object") where none of them looks like an object of the size asked for.
    """
    small = reduce(pixels)
    map_ = salience(small)
    lab = to_lab(small, blur=0.8)
    seeds = [
        (_merit(mask, map_, lab) * rng.uniform(0.7, 1.0), mask) for mask in _candidates(map_, area)
    ]
    seeds.sort(key=lambda seed: -seed[0])
    tried: list[Mask] = []
    for _, mask in seeds:
        if len(tried) == _CUTS:
            break
        if any(_overlap(mask, other) > 0.7 for other in tried):
            continue
        tried.append(mask)
        cut = _grab_cut(small, mask, int(rng.integers(1 << 30)))
        if not _object_like(cut, lab):
            continue
        large = enlarge(cut, pixels)
        if area[0] <= large.mean() <= area[1]:
            return large
    raise CannotForge("no_object", "no compact region of the size asked for stands out")


def _candidates(map_: Plane, area: tuple[float, float]) -> list[Mask]:
    found = []
    for level in _LEVELS:
        count, labels, stats, _ = cv2.connectedComponentsWithStats(
            (map_ >= level).astype(np.uint8), connectivity=4
        )
        for number in range(1, count):
            share = stats[number, cv2.CC_STAT_AREA] / map_.size
            if 0.6 * area[0] <= share <= 1.3 * area[1]:
                found.append(main_component(labels == number, holes=0.3))
    return found


def _merit(mask: Mask, map_: Plane, lab: Plane) -> float:
    """Salience inside against outside, times the part of the outline that runs along edges."""
    return float(map_[mask].mean() - map_[~mask].mean()) * (0.2 + _outlined(mask, lab))


def _outlined(mask: Mask, lab: Plane) -> float:
    """Share of the outline where the colours within and without differ visibly."""
    means = []
    for part in (mask, ~mask):
        weight = part.astype(np.float32)
        total = cv2.blur(lab * weight[..., None], (7, 7))
        means.append(total / np.maximum(cv2.blur(weight, (7, 7)), 1e-3)[..., None])
    outline = mask & ~_morph(cv2.MORPH_ERODE, mask, 1)
    if not outline.any():
        return 0.0
    return float((np.linalg.norm(means[0] - means[1], axis=2)[outline] > _EDGE).mean())


def _overlap(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / (one | other).sum())


def _grab_cut(small: Pixels, region: Mask, seed: int) -> Mask:
    """The object about `region`: what lies far from it is background, its core is object."""
    reach = max(3, round(0.35 * float(np.sqrt(region.sum()))))
    around = _morph(cv2.MORPH_DILATE, region, reach)
    core = _morph(cv2.MORPH_ERODE, region, max(1, reach // 3))
    trimap = np.full(region.shape, cv2.GC_BGD, np.uint8)
    trimap[around] = cv2.GC_PR_BGD
    trimap[region] = cv2.GC_PR_FGD
    trimap[core] = cv2.GC_FGD
    if not core.any() or around.all():
        return region
    cv2.setRNGSeed(seed)  # GrabCut draws from OpenCV's own generator, whose state is global.
    bgr = np.ascontiguousarray(small[..., ::-1])
    models = np.zeros((1, 65)), np.zeros((1, 65))
    # The rectangle counts only where no trimap is given.
    cv2.grabCut(bgr, trimap, (0, 0, 1, 1), *models, 2, cv2.GC_INIT_WITH_MASK)
    cut: Mask = (trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)
    return main_component(_morph(cv2.MORPH_OPEN, cut, 1))


def _morph(operation: int, mask: Mask, radius: int) -> Mask:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cv2.morphologyEx(mask.astype(np.uint8), operation, kernel).astype(np.bool_)


def _object_like(mask: Mask, lab: Plane) -> bool:
    """Compact, hardly touching the frame, and with edges along its outline."""
    frame = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    if not mask.any() or frame.mean() > _FRAME:
        return False
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=cv2.contourArea)
    hull = cv2.contourArea(cv2.convexHull(outline))
    solid = cv2.contourArea(outline) > _SOLID * hull
    return solid and _outlined(mask, lab) >= _OUTLINED
