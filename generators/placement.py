"""Moves a cut-out to another place: scaled, turned and mirrored, with its mask."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from schemas.picture import Mask, Pixels


@dataclass(frozen=True, slots=True)
class Pose:
    """How a cut-out is laid into a picture.

    Its centre comes to (x, y) in pixels of the target, `scale` times as large, turned by `angle`
    degrees against the clock, mirrored left to right first where `flip` is set.
    """

    x: float
    y: float
    scale: float
    angle: float
    flip: bool


def lay(pixels: Pixels, cut_out: Mask, pose: Pose, height: int, width: int) -> tuple[Pixels, Mask]:
    """Content (height, width, 3) and mask (height, width) of the cut-out in its new place.

    The content goes on around the mask as the picture does, mirrored at its frame, so that a
    blend has something to meet. Area interpolation is used where the cut-out gets much smaller.
    """
    centre = centre_of(cut_out)
    scale = pose.scale
    if scale < 0.6:
        # A warp samples four neighbours only; a smaller copy must be averaged down first.
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        shrunk = cv2.resize(cut_out.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        cut_out = shrunk > 0.5
        centre, scale = (centre[0] * scale, centre[1] * scale), 1.0
    matrix = np.asarray(cv2.getRotationMatrix2D(centre, pose.angle, scale), np.float64)
    if pose.flip:
        mirror = np.array([[-1.0, 0.0, 2.0 * centre[0]], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
        matrix = matrix @ mirror
    matrix[:, 2] += (pose.x - centre[0], pose.y - centre[1])
    content = cv2.warpAffine(
        pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    soft = cv2.warpAffine(cut_out.astype(np.float32), matrix, (width, height))
    placed: Mask = soft > 0.5
    return np.asarray(content, np.uint8), placed


def centre_of(mask: Mask) -> tuple[float, float]:
    """Centre (x, y) of the box around a mask's pixels."""
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    return float(columns[0] + columns[-1]) / 2.0, float(rows[0] + rows[-1]) / 2.0


def extent(mask: Mask) -> tuple[int, int]:
    """Width and height of the box around a mask's pixels, in pixels."""
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    return int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)


def half_extent(mask: Mask, scale: float, angle: float) -> tuple[float, float]:
    """Half the width and half the height, in pixels, of a mask's box once scaled and turned."""
    width, height = extent(mask)
    turn = np.deg2rad(abs(angle))
    cosine, sine = abs(float(np.cos(turn))), float(np.sin(turn))
    half_width = scale * (width * cosine + height * sine) / 2
    half_height = scale * (height * cosine + width * sine) / 2
    return half_width, half_height


def ring(mask: Mask, width: int) -> Mask:
    """The pixels around a mask, up to `width` pixels away from it."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
    grown = cv2.dilate(mask.astype(np.uint8), kernel).astype(np.bool_)
    around: Mask = grown & ~mask
    return around
