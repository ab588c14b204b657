"""Skin: which of a face is bare, and how one takes on the colour and the light of another."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from generators.face_geometry import eye_line
from generators.harmonic_fill import harmonic_fill
from schemas.picture import Face, Mask, Pixels

# How far skin of one face strays from its median colour in CIELAB: light, red to green, yellow
# to blue. Found by looking at faces of many complexions.
_SPREAD = (36.0, 16.0, 18.0)
_LEAST_SHARE = 0.05
_GAIN = (0.5, 1.7)


def skin_mask(pixels: Pixels, face: Face) -> Mask:
    """The pixels coloured as the face's own cheeks and nose are, as a bool mask (height, width).

    Eyes, brows and lips are no skin here, nor are hair, hats, clothes and, mostly, the background.
    The colour is the median in CIELAB of the patch below the eyes, so that it holds for every
    complexion; shading may change lightness more than hue. All False where that patch lies
    outside of the picture.
    """
    middle, axis = eye_line(face)
    unit = float(np.hypot(*axis))
    down = np.array([-axis[1], axis[0]])
    height, width = pixels.shape[:2]
    cheeks = np.zeros((height, width), np.uint8)
    turn = float(np.degrees(np.arctan2(axis[1], axis[0])))
    centre = tuple(round(float(value)) for value in middle + 0.7 * down)
    radii = (max(1, round(0.6 * unit)), max(1, round(0.22 * unit)))
    cv2.ellipse(cheeks, centre, radii, turn, 0, 360, 1, -1)
    scaled = pixels.astype(np.float32) / np.float32(255.0)
    lab = np.asarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB), np.float32)
    inside = cheeks > 0
    if not inside.any():
        return inside
    smooth = cv2.blur(lab, (3, 3))
    away = (smooth - np.median(lab[inside], axis=0)) / np.array(_SPREAD, np.float32)
    skin: Mask = np.square(away).sum(axis=2) < 1.0
    return skin


def without_hair(oval: Mask, bare: Mask, core: Mask, forehead: Mask, unit: float) -> Mask:
    """The oval without the hair, hats and background that reach into it in either picture.

    `bare` is the skin common to both; eyes, brows and lips lie in `core` and stay. Gaps in the skin
    are closed, but on the `forehead` they are strands of a fringe, and widened. `unit` is the
    distance of the eyes.
    """
    clear = cv2.erode(bare.astype(np.uint8), _disc(0.1 * unit)).astype(np.bool_)
    bare = np.where(forehead, clear, bare)
    face = ((bare | core) & oval).astype(np.uint8)
    closed = np.asarray(cv2.morphologyEx(face, cv2.MORPH_CLOSE, _disc(0.12 * unit)), np.uint8)
    face = np.where(forehead, face, closed)
    opened = cv2.morphologyEx(face, cv2.MORPH_OPEN, _disc(0.2 * unit))
    return (np.asarray(opened).astype(np.bool_) | core) & oval


def _disc(radius: float) -> npt.NDArray[np.uint8]:
    side = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def matched(content: Pixels, target: Pixels, skin: Mask, strength: float) -> Pixels:
    """The content with one gain a channel that brings its skin to the target's (von Kries, 1902).

    A gain keeps black black. Moving mean and deviation in CIELAB instead lifts pupils and brows
    into a haze wherever the two complexions differ.
    """
    if not skin.any():
        return content
    own, goal = content[skin].mean(axis=0), target[skin].mean(axis=0)
    gain = np.clip(goal / np.maximum(own, 1.0), *_GAIN) ** strength
    return np.asarray(np.clip(np.rint(content * gain), 0, 255), np.uint8)


def relit(content: Pixels, target: Pixels, area: Mask, skin: Mask, unit: float) -> Pixels:
    """The content under the light that falls on the target's skin along the outline of `area`.

    Poisson blending adds to the content the harmonic surface that spans its difference to the
    target along the outline. Where one picture shows hair and the other skin that difference is no
    light, and it would glow or smear across the face; so only skin in both counts, and the surface
    is solved at an eighth of the eye distance, where pores and stubble have averaged out.
    """
    inner = cv2.erode(
        area.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=max(1, round(0.15 * unit))
    )
    rim = (skin & (inner == 0)).astype(np.float32)
    step = max(1.0, unit / 8.0)
    height, width = area.shape
    size = (max(1, round(width / step)), max(1, round(height / step)))
    share = cv2.resize(rim, size, interpolation=cv2.INTER_AREA)
    difference = (target.astype(np.float32) - content) * rim[..., None]
    total = cv2.resize(difference, size, interpolation=cv2.INTER_AREA)
    known = share > _LEAST_SHARE
    if not known.any():
        return content
    surface = harmonic_fill(total / np.maximum(share, _LEAST_SHARE)[..., None], known)
    light = cv2.resize(surface, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(np.rint(content + light), 0, 255), np.uint8)
