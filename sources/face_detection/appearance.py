"""How a found face is turned and what colour its skin has: by these, faces are paired."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from schemas.picture import Face, Pixels

# Eyes, nose tip and mouth corners of a head that looks ahead, in units of the distance of its
# eyes: to the right, down, towards the viewer. Outlines after Farkas, Anthropometry of the Head
# and Face, 1994, rounded.
_HEAD = np.array(
    [
        [-0.5, 0.0, 0.0],
        [0.5, 0.0, 0.0],
        [0.0, 0.6, 0.5],
        [-0.4, 1.15, 0.1],
        [0.4, 1.15, 0.1],
    ]
)
_NOSE, _MOUTH = 30, (48, 54)


def with_appearance(pixels: Pixels, face: Face) -> Face:
    """The face of RGB uint8 (height, width, 3) with its yaw and its skin's colour, where known."""
    return replace(face, yaw=yaw(face), skin=skin(pixels, face))


def yaw(face: Face) -> float | None:
    """By how many degrees a face is turned to the image's right, -90..90; None without landmarks.

    A scaled orthographic camera is fitted to the eyes, the nose's tip and the corners of the
    mouth by least squares (DeMenthon and Davis, "Model-based Object Pose in 25 Lines of Code",
    1995, first step): good to about ten degrees up to 45.
    """
    marks = face.landmarks
    if len(marks) == 3:
        rest = marks
    elif len(marks) == 68:
        rest = (marks[_NOSE], marks[_MOUTH[0]], marks[_MOUTH[1]])
    else:
        return None
    points = np.array([*face.eyes, *rest], np.float64)
    homogeneous = np.column_stack([_HEAD, np.ones(len(_HEAD))])
    camera = np.linalg.lstsq(homogeneous, points, rcond=None)[0].T[:, :3]
    scale = np.sqrt(np.linalg.norm(camera[0]) * np.linalg.norm(camera[1]))
    if scale == 0.0:
        return None
    # The third column is where the nose points; a tilted head is set upright first.
    tilt = np.arctan2(camera[1, 0], camera[0, 0])
    aside = (np.cos(tilt) * camera[0, 2] + np.sin(tilt) * camera[1, 2]) / scale
    return round(float(np.degrees(np.arcsin(np.clip(aside, -1.0, 1.0)))), 1)


def skin(pixels: Pixels, face: Face) -> tuple[float, float, float] | None:
    """The median CIELAB colour of nose and cheeks; None where they lie outside of the picture."""
    left, right = np.asarray(face.eyes, np.float64)
    axis = right - left
    unit = float(np.hypot(*axis))
    middle = (left + right) / 2.0 + 0.7 * np.array([-axis[1], axis[0]])
    height, width = pixels.shape[:2]
    reach = int(np.ceil(0.6 * unit)) + 1
    x, y = round(float(middle[0])), round(float(middle[1]))
    x0, y0 = max(0, x - reach), max(0, y - reach)
    x1, y1 = min(width, x + reach + 1), min(height, y + reach + 1)
    if x1 <= x0 or y1 <= y0:
        return None
    patch = np.zeros((y1 - y0, x1 - x0), np.uint8)
    radii = (max(1, round(0.6 * unit)), max(1, round(0.22 * unit)))
    turn = float(np.degrees(np.arctan2(axis[1], axis[0])))
    cv2.ellipse(patch, (x - x0, y - y0), radii, turn, 0, 360, 1, -1)
    inside = patch > 0
    if not inside.any():
        return None
    colours: npt.NDArray[np.float32] = pixels[y0:y1, x0:x1][inside].astype(np.float32) / 255.0
    lab = np.asarray(cv2.cvtColor(colours[:, None], cv2.COLOR_RGB2LAB), np.float64)[:, 0]
    light, a, b = (round(float(value), 2) for value in np.median(lab, axis=0))
    return light, a, b
