"""Regions for authentic pictures: where a rater is asked to look when nothing was done.

A region borrowed from a forgery of another picture cuts across what is depicted; a forgery's own
outline follows it. A rater calibrated on borrowed regions alone would take every outline of an
object for a forgery. So half of the authentic pictures get a region of their own content: an
object as the planner would choose it, some words, a face.
"""

from __future__ import annotations

import cv2
import numpy as np

from generators.contract import CannotForge
from generators.face_geometry import face_mask
from generators.requested_masks import draw_mask
from schemas.identity import derive_seed, unit_interval
from schemas.picture import Mask, Picture
from schemas.vocabulary import Domain, MaskKind

_AREA = (0.02, 0.2)
_OWN_SHARE = 0.5


def borrow(mask: Mask, width: int, height: int) -> Mask:
    """A mask of another picture, scaled to this one's size by nearest neighbour."""
    if mask.shape == (height, width):
        return mask
    scaled = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return scaled.astype(np.bool_)


def wants_own(sample_id: str, seed: int) -> bool:
    """Whether an authentic picture gets a region of its own content, rather than a borrowed one."""
    return unit_interval(seed, "own region", sample_id) < _OWN_SHARE


def own_region(picture: Picture, seed: int) -> Mask | None:
    """A region that follows the picture's own content; None where it shows nothing to follow."""
    source = picture.source
    region_seed = derive_seed(seed, "own region", source.source_id)
    rng = np.random.default_rng(region_seed)
    if source.domain is Domain.DOCUMENT:
        return _some_words(picture, rng)
    if source.domain is Domain.DEEPFAKE and source.faces:
        face = source.faces[int(rng.integers(len(source.faces)))]
        wobble = rng.normal(0.0, 0.02, 3)
        return face_mask(face, source.height, source.width, wobble=wobble)
    for kind in (MaskKind.OBJECT, MaskKind.STUFF):
        try:
            return draw_mask(kind, picture, region_seed, _AREA)
        except CannotForge:
            continue
    return None


def _some_words(picture: Picture, rng: np.random.Generator) -> Mask | None:
    words = picture.source.words
    if not words:
        return None
    first = int(rng.integers(len(words)))
    count = int(rng.integers(1, 4))
    mask = np.zeros(picture.pixels.shape[:2], np.uint8)
    for word in words[first : first + count]:
        cv2.fillPoly(mask, [np.rint(np.asarray(word.quad)).astype(np.int32)], 1)
    return mask.astype(np.bool_) if mask.any() else None


def hull(mask: Mask) -> Mask:
    """The convex hull of a mask: the place that strokes of text take up."""
    points = np.argwhere(mask)[:, ::-1].astype(np.int32)
    if len(points) < 3:
        return mask
    filled = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(filled, cv2.convexHull(points), 1)
    return filled.astype(np.bool_) | mask
