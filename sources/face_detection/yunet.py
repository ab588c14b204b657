"""Faces with five landmarks by YuNet, whose weights the user brings as a file."""

from __future__ import annotations

import threading

import cv2
import numpy as np
import numpy.typing as npt

from schemas.errors import RecipeError
from schemas.picture import Face, Pixels

_LEAST_SCORE = 0.7
_OVERLAP = 0.3
_MOST = 500
_SIDES = (640, 1600)
_LEAST_FACE = 16
"""The smallest face, in pixels, that the network is relied on to see."""
_UPRIGHT = 7.0
_ROUNDS = 5
_CROP, _CROPPED_FACE = 320, 160
_Values = npt.NDArray[np.float64]
_loaded = threading.local()  # A network keeps its input while it runs: one for each thread.


def find_by_yunet(pixels: Pixels, least: int, path: str) -> tuple[Face, ...]:
    """The faces in RGB uint8 (height, width, 3), in no order, with nose and mouth as landmarks.

    YuNet (Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector", 2023) through OpenCV;
    `path` is its ONNX file, exported for inputs of a fixed size. Boxes are `least` px wide or
    more, scores 0.7 or more. Pictures are searched at 640 px, larger ones at the size at which
    their smallest face is still seen. Raises `RecipeError` where the file is no such network.
    """
    height, width = pixels.shape[:2]
    longest = max(height, width)
    side = min(max(_SIDES[0], longest * _LEAST_FACE / least), _SIDES[1])
    scale = min(1.0, side / longest)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2BGR).astype(np.uint8)
    small = picture
    if scale < 1.0:
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    faces = []
    for row in _detected(small, path) / scale:
        x, y = max(0, round(row[0])), max(0, round(row[1]))
        right, bottom = min(width, round(row[0] + row[2])), min(height, round(row[1] + row[3]))
        if right - x >= least and bottom > y:
            box = (x, y, right - x, bottom - y)
            faces.append(_face(box, _settled(picture, row, path)))
    return tuple(faces)


def _detected(bgr: Pixels, path: str) -> _Values:
    """One row of 14 numbers a face: box, then eyes, nose and mouth, the person's right first."""
    network = _network(path)
    network.setInputSize((bgr.shape[1], bgr.shape[0]))
    try:
        rows = network.detect(bgr)[1]
    except cv2.error as error:
        raise RecipeError(f"sources: {path!r} is no YuNet: {error.err}") from error
    return np.empty((0, 14)) if rows is None else np.asarray(rows, np.float64)[:, :14]


def _network(path: str) -> cv2.FaceDetectorYN:
    networks: dict[str, cv2.FaceDetectorYN] = _loaded.__dict__.setdefault("networks", {})
    if path not in networks:
        try:
            networks[path] = cv2.FaceDetectorYN.create(
                path, "", (_CROP, _CROP), _LEAST_SCORE, _OVERLAP, _MOST
            )
        except cv2.error as error:
            raise RecipeError(
                f"sources: {path!r} could not be loaded as YuNet; OpenCV {cv2.__version__} takes "
                f"its exports for inputs of a fixed size, and says: {error.err}"
            ) from error
    return networks[path]


def _settled(bgr: Pixels, row: _Values, path: str) -> _Values:
    """The five points (5, 2) of a face that is brought to one size, turned upright, seen again.

    The network, which learnt from upright faces, sees only about half of a larger tilt, and
    places the points of very large faces loosely.
    """
    points = row[4:].reshape(5, 2)
    patch, place = _around(bgr, row)
    centre = (row[:2] + row[2:4] / 2.0 - place[:, 2]) / place.diagonal()
    tilt = _tilt(points)
    for _ in range(_ROUNDS):
        middle = (float(centre[0]), float(centre[1]))
        matrix = np.asarray(cv2.getRotationMatrix2D(middle, tilt, 1.0), np.float64)
        matrix[:, 2] += _CROP / 2.0 - centre
        crop = cv2.warpAffine(
            patch, matrix, (_CROP, _CROP), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        rows = _detected(np.asarray(crop, np.uint8), path)
        if not len(rows):
            break
        aside = np.abs(rows[:, :2] + rows[:, 2:4] / 2.0 - _CROP / 2.0).max(axis=1)
        found = rows[int(np.argmin(aside))][4:].reshape(5, 2)
        back = cv2.invertAffineTransform(matrix)
        points = (found @ back[:, :2].T + back[:, 2]) @ place[:, :2].T + place[:, 2]
        seen = _tilt(found)
        tilt += seen
        if abs(seen) < _UPRIGHT:
            break
    return points


def _around(bgr: Pixels, row: _Values) -> tuple[Pixels, _Values]:
    """The face in its surroundings, shrunk to the size of a crop, and the way back (2, 3)."""
    scale = min(1.0, _CROPPED_FACE / max(row[2], row[3], 1.0))
    centre, reach = row[:2] + row[2:4] / 2.0, 0.75 * _CROP / scale
    height, width = bgr.shape[:2]
    left, top = (max(0, int(value)) for value in centre - reach)
    right, bottom = int(min(width, centre[0] + reach)), int(min(height, centre[1] + reach))
    patch = bgr[top:bottom, left:right]
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    if scale < 1.0:
        patch = cv2.resize(patch, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    back = np.array(
        [[(right - left) / patch.shape[1], 0.0, left], [0.0, (bottom - top) / patch.shape[0], top]]
    )
    return patch, back


def _tilt(points: _Values) -> float:
    """The slope of the line from the left eye to the right one, in degrees, downwards positive."""
    x, y = points[1] - points[0]
    return float(np.degrees(np.arctan2(y, x)))


def _face(box: tuple[int, int, int, int], points: _Values) -> Face:
    marks = [(round(float(x), 2), round(float(y), 2)) for x, y in points]
    # The person's right is the image's left, unless the face is upside down.
    eyes, mouth = sorted(marks[:2]), sorted(marks[3:])
    return Face(box, (eyes[0], eyes[1]), (marks[2], mouth[0], mouth[1]))
