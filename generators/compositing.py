"""Exact compositing: content goes into a target, and no pixel outside the returned mask moves."""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from generators.harmonic_fill import Planes, harmonic_fill
from schemas.picture import Mask, Pixels

BlendMethod = Literal["paste", "feather", "poisson"]

_GAIN = (0.6, 1.6)


def composite(
    target: Pixels,
    content: Pixels,
    support: Mask,
    method: BlendMethod,
    feather: float = 2.0,
) -> tuple[Pixels, Mask]:
    """Blend `content` into `target` where `support` is True; return (image, applied).

    `target` and `content` are uint8 (height, width, 3), `support` is bool (height, width), all of
    one size; `ValueError` otherwise. Outside `applied` the image equals the target exactly.

    - "paste" replaces: `applied` is the support.
    - "feather" mixes with an alpha that falls over `feather` px across the outline, 0.5 on it, so
      `applied` (alpha > 0) reaches half of `feather` beyond the support.
    - "poisson" keeps the content's gradients and meets the target at the outline: `applied` is
      the support. Content one pixel beyond the outline counts. The frame of the picture is no
      outline: nothing is known beyond it. (Pérez, Gangnet and Blake, "Poisson Image Editing",
      2003. `cv2.seamlessClone` solves over the support's bounding box instead of the support and
      so changes pixels around it; the boundary condition here is exact.)
    """
    if target.shape != content.shape or target.shape[:2] != support.shape:
        raise ValueError(
            f"target {target.shape}, content {content.shape} and support {support.shape} "
            "must have one height and width"
        )
    if not support.any():
        return target.copy(), np.zeros_like(support)
    box = _box(support, margin=2 + int(np.ceil(feather)) if method == "feather" else 2)
    inner, given = target[box], content[box]
    applied = np.zeros_like(support)
    if method == "paste":
        applied[box] = support[box]
        blended = given.astype(np.float32)
    elif method == "feather":
        alpha = _soft_alpha(support[box], feather)
        applied[box] = alpha > 0.0
        weight = alpha[..., None]
        blended = inner * (1.0 - weight) + given * weight
    else:
        applied[box] = support[box]
        difference = inner.astype(np.float32) - given.astype(np.float32)
        blended = given + harmonic_fill(difference, ~support[box])
    image = target.copy()
    part = applied[box]
    image[box][part] = _to_bytes(blended[part])
    return image, applied


def match_colour(
    content: Pixels,
    content_mask: Mask,
    reference: Pixels,
    reference_mask: Mask,
    strength: float = 1.0,
) -> Pixels:
    """Shift `content` towards the colours of `reference`: mean and deviation in CIELAB.

    Statistics are taken inside the two masks (each of its own picture's size), the shift is
    applied to every pixel of `content`. `strength` 0 changes nothing, 1 moves all the way; gains
    of the deviation stay within 0.6 and 1.6, so that a flat reference does not wipe out texture.
    A copy of `content` where a mask is empty. (Reinhard, Ashikhmin, Gooch and Shirley, "Color
    Transfer between Images", 2001; there in the lαβ space.)
    """
    if strength == 0.0 or not content_mask.any() or not reference_mask.any():
        return content.copy()
    lab = _to_lab(content)
    own, other = lab[content_mask], _to_lab(reference[reference_mask][:, None])[:, 0]
    mean, goal = own.mean(axis=0), other.mean(axis=0)
    gain = np.clip(other.std(axis=0) / np.maximum(own.std(axis=0), 1e-3), *_GAIN)
    moved = (lab - mean) * (1.0 + strength * (gain - 1.0)) + mean + strength * (goal - mean)
    rgb = np.asarray(cv2.cvtColor(moved.astype(np.float32), cv2.COLOR_LAB2RGB))
    return _to_bytes(rgb * 255.0)


def _to_bytes(values: npt.NDArray[Any]) -> Pixels:
    clipped: Pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return clipped


def _to_lab(pixels: Pixels) -> Planes:
    scaled = pixels.astype(np.float32) / np.float32(255.0)
    return np.asarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB), dtype=np.float32)


def _soft_alpha(support: Mask, feather: float) -> npt.NDArray[np.float32]:
    # Pixel centres lie half a pixel or more from the outline: a ramp of one pixel touches none.
    if feather <= 1.0:
        return support.astype(np.float32)
    inside = _depth(support)
    signed = np.where(support, inside - 0.5, 0.5 - _depth(~support))
    return np.clip(0.5 + signed / feather, 0.0, 1.0).astype(np.float32)


def _depth(mask: Mask) -> Any:
    return cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)


def _box(mask: Mask, margin: int) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin),
    )
