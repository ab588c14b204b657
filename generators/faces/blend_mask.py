"""Where and how strongly the copy of a self-blended image shows: hull, deformation, soft edge."""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from generators.face_geometry import Points, camera, filled, outline
from schemas.picture import Face, Mask

Hull = Literal["forehead", "raised", "brows", "parts"]
HULLS: tuple[Hull, ...] = ("forehead", "raised", "brows", "parts")

_SIDES = (192, 256)
_KERNELS = (5, 25)
_SIGMA = (5, 45)
_MARGIN = 0.2
_FOREHEAD = {"forehead": 0.85, "raised": 0.62, "brows": 0.42}
# In units of the distance of the eyes: the brows' inner and outer ends, and beside the nostrils.
_BROWS = ((0.16, -0.36, 0.1), (0.5, -0.5, 0.1), (0.9, -0.34, -0.15))
_NOSTRIL = (0.28, 0.66, 0.2)


def hull(face: Face, kind: Hull, height: int, width: int) -> Mask:
    """The part of a face that is blended, as a bool mask (height, width).

    "forehead": the whole oval, as from 81 landmarks; "raised": up to the middle of the forehead;
    "brows": the hull of the 68 landmarks; "parts": the hulls of either half, which leave out what
    lies between the brows (after Li et al., "Face X-ray for More General Face Forgery Detection",
    CVPR 2020, whose code the published self-blending draws its masks from). By the face's own 68
    landmarks where it has them, else by its outline. Raises `CannotForge` outside the picture.
    """
    marks = np.array(face.landmarks, np.float64)
    if len(marks) != 68:
        return filled(_drawn_hull(face, kind), height, width)
    jaw, brows = marks[:17], marks[17:27]
    if kind == "parts":
        sides = (
            [jaw[:9], brows[:5], marks[27:36]],
            [jaw[8:], brows[5:], marks[27:36]],
        )
        return filled([_convex(np.concatenate(side)) for side in sides], height, width)
    # Brows are carried up the face by what the oval's forehead lies above its brows.
    up = -camera(face)[:, 1] * (_FOREHEAD[kind] - _FOREHEAD["brows"])
    return filled([_convex(np.concatenate([marks, brows + up]))], height, width)


def _drawn_hull(face: Face, kind: Hull) -> list[Points]:
    if kind != "parts":
        return [outline(face, forehead=_FOREHEAD[kind])]
    rim = outline(face)
    view = camera(face)
    lower = rim[: len(rim) // 2 + 1]
    chin = len(lower) // 2
    sides = []
    for sign, jaw in ((-1.0, lower[: chin + 1]), (1.0, lower[chin:])):
        known = np.array([*_BROWS, _NOSTRIL, (0.0, 0.1, 0.2)]) * (sign, 1.0, 1.0)
        sides.append(_convex(np.concatenate([jaw, view[:, 3] + known @ view[:, :3].T])))
    return sides


def _convex(points: Points) -> Points:
    return np.asarray(cv2.convexHull(points.astype(np.float32)), np.float64).reshape(-1, 2)


def blend_alpha(
    mask: Mask, ratio: float, alpha: float, sigma: float, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float32], dict[str, Any]]:
    """The weight of the copy, float32 (height, width) in 0..`ratio`, and what was drawn for it.

    The mask is deformed elastically (Simard, Steinkraus and Platt, "Best Practices for
    Convolutional Neural Networks", 2003; `alpha` and `sigma` in pixels of a crop of about 256),
    shrunk by one blur and softened by a second, in a crop of drawn size, as in the published code
    of Shiohara and Yamasaki, CVPR 2022. It reaches a little beyond the mask, and is exactly 0
    farther away.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    height, width = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
    margin = round(_MARGIN * max(height, width)) + 2
    top, left = int(rows[0]) - margin, int(columns[0]) - margin
    shape = (height + 2 * margin, width + 2 * margin)
    crop = np.zeros(shape, np.float32)
    own, place = _shared(mask.shape, top, left, shape)
    crop[place] = mask[own]
    side_y, side_x = (int(rng.integers(*_SIDES, endpoint=True)) for _ in range(2))
    small = cv2.resize(crop, (side_x, side_y), interpolation=cv2.INTER_AREA)
    small = _elastic(np.asarray(small, np.float32), alpha, sigma, rng)
    first, second = (
        2 * int(rng.integers(_KERNELS[0] // 2, _KERNELS[1] // 2 + 1)) + 1 for _ in "12"
    )
    spread = int(rng.integers(*_SIGMA, endpoint=True))
    inner = cv2.GaussianBlur(small, (first, first), 0) >= 0.999
    if not inner.any():
        inner = small >= 0.5
    soft = cv2.GaussianBlur(inner.astype(np.float32), (second, second), spread)
    soft = cv2.resize(soft, shape[::-1], interpolation=cv2.INTER_LINEAR)
    weights = np.zeros(mask.shape, np.float32)
    weights[own] = soft[place] * (ratio / max(float(soft.max()), 1e-6))
    return weights, {"crop": [side_x, side_y], "kernels": [first, second], "spread": spread}


def _elastic(
    values: npt.NDArray[np.float32], alpha: float, sigma: float, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    height, width = values.shape
    fields = rng.uniform(-1.0, 1.0, (2, height, width)).astype(np.float32)
    if alpha == 0.0:
        return values
    dx, dy = (alpha * cv2.GaussianBlur(field, (0, 0), sigma) for field in fields)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.asarray(cv2.remap(values, columns + dx, rows + dy, cv2.INTER_LINEAR), np.float32)


def _shared(
    size: tuple[int, ...], top: int, left: int, shape: tuple[int, int]
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where a crop at (top, left) lies in the picture, and where that part lies in the crop."""
    y0, x0 = max(0, top), max(0, left)
    y1, x1 = min(size[0], top + shape[0]), min(size[1], left + shape[1])
    own = (slice(y0, y1), slice(x0, x1))
    return own, (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
