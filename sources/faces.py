"""Finds faces with their landmarks, pose and skin, so that forgers know where one lies and how."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from upath import UPath

from schemas.errors import RecipeError
from schemas.picture import Face, Pixels
from sources.face_detection.appearance import with_appearance
from sources.face_detection.haar import find_by_cascades
from sources.face_detection.insight import PACK, find_by_insightface, pack_files
from sources.face_detection.landmarks68 import with_68_landmarks
from sources.face_detection.yunet import find_by_yunet
from storage.files import hash_file

MIN_FACE = 64
"""Faces narrower than this many pixels are not sought: nothing in them is worth forging."""

_LEAST_EYES = 0.2
"""Eyes nearer than this, of the box's width, are those of a face in profile."""
_MOST_TILT = 60.0
_INSIGHT = "insightface"


def find_faces(
    pixels: Pixels, detector: str = "haar", landmarks: str | None = None
) -> tuple[Face, ...]:
    """The faces in RGB uint8 (height, width, 3) that can be forged, the largest first.

    `detector`: "haar" finds frontal, upright faces and their eyes and needs nothing; the path of
    YuNet's ONNX file finds turned and tilted ones too, with nose and mouth; "insightface" (or
    "insightface:PACK") uses that package and its models. `landmarks`: the path of an ONNX file
    that gives 68 landmarks. Kept are faces of 64 px and more, tilted by at most 60 degrees, with
    two eyes that lie apart: no profiles. Raises `RecipeError` where a file or a package is missing
    or of the wrong kind.
    """
    if detector == "haar":
        found = find_by_cascades(pixels, MIN_FACE)
    elif detector.partition(":")[0] == _INSIGHT:
        found = find_by_insightface(pixels, MIN_FACE, _pack(detector))
    else:
        found = find_by_yunet(pixels, MIN_FACE, _file(detector, "face_detector"))
    kept = sorted(
        (face for face in found if _forgeable(face)), key=lambda face: (-face.box[2], face.box)
    )
    if landmarks is not None:
        path = _file(landmarks, "face_landmarks")
        kept = [with_68_landmarks(pixels, face, path) for face in kept]
    return tuple(with_appearance(pixels, face) for face in kept)


def detector_signature(detector: str = "haar", landmarks: str | None = None) -> str:
    """What changes when other weights would find other faces: hashes of the files.

    Raises `RecipeError` where one is missing.
    """
    files: list[Path] = []
    if detector.partition(":")[0] == _INSIGHT:
        files.extend(pack_files(_pack(detector)))
    elif detector != "haar":
        files.append(Path(_file(detector, "face_detector")))
    if landmarks is not None:
        files.append(Path(_file(landmarks, "face_landmarks")))
    return " ".join(f"{path.name}:{hash_file(UPath(path))}" for path in files)


def _pack(detector: str) -> str:
    return detector.partition(":")[2] or PACK


def _file(path: str, field: str) -> str:
    expanded = Path(path).expanduser()
    if not expanded.is_file():
        known = "haar, insightface or the path of" if field == "face_detector" else "the path of"
        raise RecipeError(f"sources: {field} {path!r} is no file; give {known} an ONNX file")
    return str(expanded)


def _forgeable(face: Face) -> bool:
    x, y = np.subtract(face.eyes[1], face.eyes[0])
    tilt = abs(float(np.degrees(np.arctan2(y, x))))
    return bool(np.hypot(x, y) >= _LEAST_EYES * face.box[2]) and tilt <= _MOST_TILT
