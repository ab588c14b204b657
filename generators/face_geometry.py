"""Where a face is, what covers it and which of it is bare skin, from its two eyes alone."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from generators.contract import CannotForge
from schemas.picture import Face, Mask, Pixels, Source

MIN_EYE_DISTANCE = 14.0
"""Faces whose eyes lie nearer to each other, in pixels, are too small to forge credibly."""

# Proportions of a frontal face in units of the distance between its eyes (Farkas,
# Anthropometry of the Head and Face, 1994, rounded): from the midpoint of the eyes to the chin,
# to the middle of the forehead, and half of the width between the cheek bones.
_TO_CHIN = 1.72
TO_FOREHEAD = 0.85
_HALF_WIDTH = 1.02
# How far skin of one face strays from its median colour in CIELAB: light, red to green, yellow
# to blue. Found by looking at faces of many complexions.
_SKIN_SPREAD = (36.0, 16.0, 18.0)


def chosen_face(source: Source, rng: np.random.Generator) -> Face:
    """One of a source's faces that is large enough. Raises `CannotForge` where there is none."""
    if not source.faces:
        raise CannotForge("no_face", "no face with two eyes is known in this picture")
    large = [face for face in source.faces if eye_distance(face) >= MIN_EYE_DISTANCE]
    if not large:
        most = max(eye_distance(face) for face in source.faces)
        raise CannotForge(
            "face_too_small",
            f"its eyes lie {most:.0f} px apart, at least {MIN_EYE_DISTANCE:.0f} are needed",
        )
    return large[int(rng.integers(len(large)))]


def eye_distance(face: Face) -> float:
    """Distance of the eye centres in pixels."""
    (ax, ay), (bx, by) = face.eyes
    return float(np.hypot(bx - ax, by - ay))


def eye_line(face: Face) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The midpoint of the eyes (2,) and the vector (2,) from the left one to the right one."""
    left, right = np.asarray(face.eyes[0], np.float64), np.asarray(face.eyes[1], np.float64)
    return (left + right) / 2.0, right - left


def alignment(donor: Face, target: Face) -> npt.NDArray[np.float64]:
    """The similarity (2, 3) that brings the donor's eyes onto the target's."""
    donor_mid, donor_axis = eye_line(donor)
    mid, axis = eye_line(target)
    ratio = complex(*axis) / complex(*donor_axis)
    turn = np.array([[ratio.real, -ratio.imag], [ratio.imag, ratio.real]])
    return np.column_stack([turn, mid - turn @ donor_mid])


def face_mask(
    face: Face,
    height: int,
    width: int,
    *,
    grow: float = 1.0,
    forehead: float = TO_FOREHEAD,
    wobble: npt.NDArray[np.float64],
) -> Mask:
    """The face from the brows to the chin as a bool mask (height, width).

    An oval that is wider above than below, `grow` times as large, whose radius is bent by
    `wobble`, a few relative amplitudes of its lowest harmonics (0 for none). `forehead` is how far
    it reaches above the eyes, in units of their distance and before `grow`.
    """
    middle, axis = eye_line(face)
    unit = float(np.hypot(*axis))
    right = axis / unit
    down = np.array([-right[1], right[0]])
    phi = np.linspace(0.0, 2.0 * np.pi, 72, endpoint=False)
    bend = 1.0 + sum(
        amplitude * np.sin((order + 2) * phi + order) for order, amplitude in enumerate(wobble)
    )
    across = _HALF_WIDTH * np.cos(phi) * bend
    # sin > 0 is the lower half: a longer, narrower half oval towards the chin.
    lower = np.sin(phi) > 0
    along = np.where(lower, _TO_CHIN, forehead) * np.sin(phi) * bend
    across = np.where(lower, across * (1.0 - 0.18 * np.square(np.sin(phi))), across)
    points = middle + unit * grow * (np.outer(across, right) + np.outer(along, down))
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 1)
    if not mask.any():
        raise CannotForge("face_outside", "the face lies outside of the picture")
    return mask.astype(np.bool_)


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
    away = (smooth - np.median(lab[inside], axis=0)) / np.array(_SKIN_SPREAD, np.float32)
    skin: Mask = np.square(away).sum(axis=2) < 1.0
    return skin
