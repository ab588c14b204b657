"""Frontal faces by the Haar cascades that come inside OpenCV: no weights, no download."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from schemas.picture import Face, Pixels

_WORKING_SIDE = 1024
_EYE_WINDOW = 200
_FACES = ("haarcascade_frontalface_default.xml", "haarcascade_frontalface_alt.xml")
_EYES = ("haarcascade_eye.xml", "haarcascade_eye_tree_eyeglasses.xml")
_Grey = npt.NDArray[np.uint8]
_Point = tuple[float, float]
_Box = tuple[int, int, int, int]
_cascades = threading.local()  # A cascade keeps state while it detects: one for each thread.


def find_by_cascades(pixels: Pixels, least: int) -> tuple[Face, ...]:
    """The frontal, roughly upright faces in RGB uint8 (height, width, 3), the largest first.

    Haar cascades (Viola and Jones, "Rapid Object Detection using a Boosted Cascade of Simple
    Features", CVPR 2001) for the face, then for the eyes in its upper part. A box counts as a face
    only where two eyes lie plausibly in it, which also rejects most of the cascade's false
    alarms. Boxes are `least` px wide or more and do not overlap by more than a third. Pictures
    longer than 1,024 px are searched at that size.
    """
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY).astype(np.uint8)
    height, width = grey.shape
    scale = min(1.0, _WORKING_SIDE / max(height, width))
    small = grey
    if scale < 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    side = max(24, round(least * scale))
    for name in _FACES:
        boxes = _cascade(name).detectMultiScale(
            small, scaleFactor=1.1, minNeighbors=6, minSize=(side, side)
        )
        found: list[Face] = []
        for box in sorted((_scaled(box, scale) for box in boxes), key=lambda box: (-box[2], box)):
            face = _with_eyes(grey, box)
            if face is not None and not any(_overlap(box, other.box) for other in found):
                found.append(face)
        if found:
            return tuple(found)
    return ()


def _cascade(name: str) -> cv2.CascadeClassifier:
    if not hasattr(_cascades, name):
        folder = Path(cv2.__file__).parent / "data"
        setattr(_cascades, name, cv2.CascadeClassifier(str(folder / name)))
    cascade: cv2.CascadeClassifier = getattr(_cascades, name)
    return cascade


def _scaled(box: Sequence[int], scale: float) -> _Box:
    x, y, width, height = (round(int(value) / scale) for value in box)
    return x, y, width, height


def _with_eyes(grey: _Grey, box: _Box) -> Face | None:
    """The face in `box` with its best plausible pair of eyes; None where there is no such pair."""
    x, y, width, height = box
    window = grey[y : y + height, x : x + width]
    scale = window.shape[1] / _EYE_WINDOW
    # The eye cascades know small windows only; faces of all sizes are brought to one for them.
    face = cv2.resize(window, (_EYE_WINDOW, _EYE_WINDOW), interpolation=cv2.INTER_AREA)
    upper = face[: int(0.62 * _EYE_WINDOW)]
    least = _EYE_WINDOW // 9
    eyes = [
        (float(left + w / 2), float(top + h / 2))
        for name in _EYES
        for left, top, w, h in _cascade(name).detectMultiScale(
            upper, scaleFactor=1.05, minNeighbors=4, minSize=(least, least)
        )
    ]
    pairs = sorted(_plausible_pairs(sorted(eyes), _EYE_WINDOW))
    if not pairs:
        return None
    _, left, right = pairs[0]
    return Face(
        (x, y, window.shape[1], window.shape[0]),
        (
            (x + left[0] * scale, y + left[1] * scale),
            (x + right[0] * scale, y + right[1] * scale),
        ),
    )


def _plausible_pairs(centres: list[_Point], side: int) -> Iterator[tuple[float, _Point, _Point]]:
    """Pairs that may be eyes, each with how far it is from the usual place in a cascade's box."""
    for index, left in enumerate(centres):
        for right in centres[index + 1 :]:
            distance = (right[0] - left[0]) / side
            slope = abs(right[1] - left[1]) / max(1.0, right[0] - left[0])
            middle = (left[0] + right[0]) / 2 / side, (left[1] + right[1]) / 2 / side
            if (
                0.25 <= distance <= 0.6
                and slope <= 0.4
                and abs(middle[0] - 0.5) <= 0.15
                and 0.2 <= middle[1] <= 0.52
            ):
                off = abs(distance - 0.37) + abs(middle[0] - 0.5) + abs(middle[1] - 0.38) + slope
                yield off, left, right


def _overlap(a: _Box, b: _Box) -> bool:
    """Whether two boxes share more than a third of the smaller one."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(0, width) * max(0, height) > min(a[2] * a[3], b[2] * b[3]) / 3
