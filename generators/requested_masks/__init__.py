"""Requested masks: the place that a job asks to change, drawn from the picture and a seed."""

from __future__ import annotations

import numpy as np

from generators.contract import CannotForge
from generators.requested_masks.background import background_patch
from generators.requested_masks.boxes import random_box
from generators.requested_masks.free_form import free_form
from generators.requested_masks.salient_object import salient_object
from schemas.identity import derive_seed
from schemas.picture import Mask, Picture
from schemas.recipe.forge import DEFAULT_SEGMENTER
from schemas.vocabulary import MaskKind

_MIN_SIDE = 32


def draw_mask(
    kind: MaskKind,
    picture: Picture,
    seed: int,
    area: tuple[float, float],
    instance: int | None = None,
    segmenter: str = DEFAULT_SEGMENTER,
) -> Mask:
    """A mask (height, width) of `kind` that covers a share of the picture within `area`.

    `area` is (least, greatest), shares in (0, 1]. `instance` names the marked object that it is to
    be about, by its place in `picture.instances`; one that fits is chosen where it is None.
    `segmenter` is the checkpoint that draws segments. The
    same arguments give the same mask. Raises `CannotForge` where the picture has no such region:
    `no_object`, `no_background`, `no_strokes`, `no_supplied_mask`, `picture_too_small`.
    """
    height, width = picture.pixels.shape[:2]
    if min(height, width) < _MIN_SIDE:
        raise CannotForge("picture_too_small", f"its shorter side is below {_MIN_SIDE} pixels")
    rng = np.random.default_rng(derive_seed("requested mask", kind.value, seed))
    match kind:
        case MaskKind.SUPPLIED:
            if not picture.instances:
                raise CannotForge("no_supplied_mask", "no mask came with the source")
            return _marked(picture, rng, area, instance)
        case MaskKind.BOX:
            return random_box(picture, rng, area, instance)
        case MaskKind.SEGMENT:
            from generators.requested_masks.segmenter import segment

            box = None if instance is None else picture.source.instances[instance].box
            return segment(picture.pixels, rng, area, segmenter, box)
        case MaskKind.OBJECT if picture.instances:
            return _marked(picture, rng, area, instance)
        case MaskKind.OBJECT:
            return salient_object(picture.pixels, rng, area)
        case MaskKind.STUFF:
            return background_patch(picture.pixels, rng, area)
        case MaskKind.IRREGULAR:
            return free_form(height, width, rng, area)


def _marked(
    picture: Picture,
    rng: np.random.Generator,
    area: tuple[float, float],
    instance: int | None,
) -> Mask:
    """The mask of one marked object."""
    if instance is not None:
        return picture.instances[instance].copy()
    sizes = np.array([mask.mean() for mask in picture.instances])
    fitting = np.flatnonzero((sizes >= area[0]) & (sizes <= area[1]))
    if not fitting.size:
        raise CannotForge("no_object", "no marked object is of the size that is asked for")
    return picture.instances[int(rng.choice(fitting))].copy()
