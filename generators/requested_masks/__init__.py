"""Requested masks: the place that a job asks to change, drawn from the picture and a seed."""

from __future__ import annotations

import cv2
import numpy as np

from generators.contract import CannotForge
from generators.requested_masks.background import background_patch
from generators.requested_masks.free_form import free_form
from generators.requested_masks.salient_object import salient_object
from schemas.identity import derive_seed
from schemas.picture import Mask, Picture
from schemas.vocabulary import MaskKind

_MIN_SIDE = 32


def draw_mask(kind: MaskKind, picture: Picture, seed: int, area: tuple[float, float]) -> Mask:
    """A mask (height, width) of `kind` that covers a share of the picture within `area`.

    `area` is (least, greatest), shares in (0, 1]. The same arguments give the same mask. Raises
    `CannotForge` where the picture has no such region: `no_object`, `no_background`, `no_strokes`,
    `no_supplied_mask`, `picture_too_small`.
    """
    height, width = picture.pixels.shape[:2]
    if min(height, width) < _MIN_SIDE:
        raise CannotForge("picture_too_small", f"its shorter side is below {_MIN_SIDE} pixels")
    rng = np.random.default_rng(derive_seed("requested mask", kind.value, seed))
    match kind:
        case MaskKind.SUPPLIED:
            return _supplied(picture, area)
        case MaskKind.OBJECT if picture.object_mask is not None:
            return _component(picture.object_mask, rng, area)
        case MaskKind.OBJECT:
            return salient_object(picture.pixels, rng, area)
        case MaskKind.STUFF:
            return background_patch(picture.pixels, rng, area)
        case MaskKind.IRREGULAR:
            return free_form(height, width, rng, area)


def _supplied(picture: Picture, area: tuple[float, float]) -> Mask:
    mask = picture.object_mask
    if mask is None:
        raise CannotForge("no_supplied_mask", "no mask came with the source")
    if not area[0] <= mask.mean() <= area[1]:
        raise CannotForge("no_supplied_mask", f"its mask covers {mask.mean():.1%} of the picture")
    return mask.copy()


def _component(mask: Mask, rng: np.random.Generator, area: tuple[float, float]) -> Mask:
    """One of the objects that a supplied mask marks."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    sizes = np.bincount(labels.ravel())[1:] / mask.size
    fitting = np.flatnonzero((sizes >= area[0]) & (sizes <= area[1]))
    if not fitting.size:
        raise CannotForge("no_object", "no object of its mask is of the size that is asked for")
    chosen: Mask = labels == int(rng.choice(fitting)) + 1
    return chosen
