"""Where a face lies and what covers it: from its landmarks, or from its two eyes alone."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from generators.contract import CannotForge
from schemas.picture import Face, Mask, Source

Points = npt.NDArray[np.float64]
"""Points (x, y) or a transform of them, in pixels."""
MIN_EYE_DISTANCE = 14.0
"""Faces whose eyes lie nearer to each other, in pixels, are too small to forge credibly."""

# Proportions of a frontal face in units of the distance between its eyes (Farkas,
# Anthropometry of the Head and Face, 1994, rounded): from the midpoint of the eyes to the chin,
# to the middle of the forehead, and half of the width between the cheek bones, which lie this
# far behind the eyes.
TO_CHIN = 1.72
TO_FOREHEAD = 0.85
HALF_WIDTH = 1.02
_BEHIND = 0.4
# Eyes, nose tip and mouth corners in the same units: to the right, down, towards the viewer.
_HEAD = np.array(
    [[-0.5, 0.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.6, 0.5], [-0.4, 1.15, 0.1], [0.4, 1.15, 0.1]]
)
_NOSE, _MOUTH = 30, (48, 54)
_MOST_SHEAR = 2.5


def large_faces(source: Source) -> list[Face]:
    """The faces that are large enough to be forged. Raises `CannotForge` where there is none."""
    if not source.faces:
        raise CannotForge("no_face", "no face with two eyes is known in this picture")
    large = [face for face in source.faces if eye_distance(face) >= MIN_EYE_DISTANCE]
    if not large:
        most = max(eye_distance(face) for face in source.faces)
        raise CannotForge(
            "face_too_small",
            f"its eyes lie {most:.0f} px apart, at least {MIN_EYE_DISTANCE:.0f} are needed",
        )
    return large


def chosen_face(source: Source, rng: np.random.Generator) -> Face:
    """One of a source's large faces. Raises `CannotForge` where there is none."""
    large = large_faces(source)
    return large[int(rng.integers(len(large)))]


def eye_distance(face: Face) -> float:
    """Distance of the eye centres in pixels."""
    (ax, ay), (bx, by) = face.eyes
    return float(np.hypot(bx - ax, by - ay))


def eye_line(face: Face) -> tuple[Points, Points]:
    """The midpoint of the eyes (2,) and the vector (2,) from the left one to the right one."""
    left, right = np.asarray(face.eyes[0], np.float64), np.asarray(face.eyes[1], np.float64)
    return (left + right) / 2.0, right - left


def five_points(face: Face) -> Points | None:
    """Eyes, nose tip and mouth corners, (5, 2), image-left first; None where only eyes are known.

    They are what detectors of faces and networks trained on aligned faces agree on.
    """
    marks = face.landmarks
    if len(marks) == 68:
        marks = (marks[_NOSE], marks[_MOUTH[0]], marks[_MOUTH[1]])
    return np.array([*face.eyes, *marks], np.float64) if len(marks) == 3 else None


def similarity(points: Points, onto: Points) -> Points:
    """The similarity (2, 3) that brings `points` (n, 2) nearest to `onto` by least squares.

    Without reflection (Umeyama, "Least-Squares Estimation of Transformation Parameters Between Two
    Point Patterns", 1991), in complex numbers. n is 2 or more.
    """
    middle, goal = points.mean(axis=0), onto.mean(axis=0)
    before = (points - middle) @ (1.0, 1.0j)
    after = (onto - goal) @ (1.0, 1.0j)
    ratio = complex(np.vdot(before, after) / np.vdot(before, before))
    turn = np.array([[ratio.real, -ratio.imag], [ratio.imag, ratio.real]])
    return np.column_stack([turn, goal - turn @ middle])


def alignment(donor: Face, target: Face) -> Points:
    """The similarity (2, 3) that brings the donor's face onto the target's.

    By eyes, nose and mouth where both are known, else eyes onto eyes.
    """
    given, wanted = five_points(donor), five_points(target)
    if given is None or wanted is None:
        given, wanted = np.array(donor.eyes, np.float64), np.array(target.eyes, np.float64)
    return similarity(given, wanted)


def camera(face: Face) -> Points:
    """Where the proportions of a head fall in the picture: (2, 4), affine, in pixels.

    Columns: one eye distance to the right, down, towards the viewer; the midpoint of the eyes.
    A scaled orthographic view fitted to the landmarks; without them, or where they make no sense,
    that of an upright frontal face on these eyes.
    """
    points = five_points(face)
    if points is not None:
        known = np.column_stack([_HEAD, np.ones(len(_HEAD))])
        view: Points = np.linalg.lstsq(known, points, rcond=None)[0].T
        stretch = np.linalg.svd(view[:, :2], compute_uv=False)
        if np.linalg.det(view[:, :2]) > 0 and stretch[0] <= _MOST_SHEAR * stretch[1]:
            return view
    middle, axis = eye_line(face)
    down = (-axis[1], axis[0])
    return np.column_stack([axis, down, np.zeros(2), middle])


def outline(
    face: Face,
    *,
    grow: float = 1.0,
    forehead: float = TO_FOREHEAD,
    wobble: Points | None = None,
    count: int = 72,
) -> Points:
    """The oval around a face, (count, 2), from the image-left cheek over the chin to the forehead.

    It is wider above than below and `grow` times as large; its radius is bent by `wobble`, a few
    relative amplitudes of its lowest harmonics. `forehead` is how far it reaches above the eyes,
    in units of their distance and before `grow`. Of a turned face it is the turned oval.
    """
    phi = np.pi - np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)
    bend = np.ones(count)
    for order, amplitude in enumerate(() if wobble is None else wobble):
        bend = bend + amplitude * np.sin((order + 2) * phi + order)
    across = HALF_WIDTH * np.cos(phi) * bend
    # sin > 0 is the lower half: a longer, narrower half oval towards the chin.
    lower = np.sin(phi) > 0
    along = np.where(lower, TO_CHIN, forehead) * np.sin(phi) * bend
    across = np.where(lower, across * (1.0 - 0.18 * np.square(np.sin(phi))), across)
    behind = -_BEHIND * np.square(np.cos(phi))
    view = camera(face)
    return view[:, 3] + grow * (np.column_stack([across, along, behind]) @ view[:, :3].T)


def face_mask(
    face: Face,
    height: int,
    width: int,
    *,
    grow: float = 1.0,
    forehead: float = TO_FOREHEAD,
    wobble: Points,
) -> Mask:
    """The face from the forehead to the chin as a bool mask (height, width); see `outline`."""
    points = outline(face, grow=grow, forehead=forehead, wobble=wobble)
    return filled([points], height, width)


def above(face: Face, height: int, width: int, line: float) -> Mask:
    """What lies more than `line` eye distances above the eyes, as a bool mask (height, width)."""
    view = camera(face)
    down = np.linalg.inv(view[:, :2])[1]
    rows, columns = np.ogrid[0:height, 0:width]
    higher: Mask = down[0] * (columns - view[0, 3]) + down[1] * (rows - view[1, 3]) < -line
    return higher


def filled(polygons: Sequence[Points], height: int, width: int) -> Mask:
    """What closed polygons (n, 2) cover, as a bool mask. Raises `CannotForge` where nothing is."""
    mask = np.zeros((height, width), np.uint8)
    for points in polygons:
        cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 1)
    if not mask.any():
        raise CannotForge("face_outside", "the face lies outside of the picture")
    return mask.astype(np.bool_)
