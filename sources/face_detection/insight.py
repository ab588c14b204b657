"""Faces by insightface, where it and a pack of its models are installed."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from schemas.errors import RecipeError
from schemas.picture import Face, Pixels

PACK = "buffalo_l"
_ROOT = Path("~/.insightface")
_SIDE = 640


def find_by_insightface(pixels: Pixels, least: int, pack: str = PACK) -> tuple[Face, ...]:
    """The faces in RGB uint8 (height, width, 3), in no order, `least` px wide or more.

    `pack` is a folder of models in `~/.insightface/models`. With a model for 68 landmarks in it
    these are the faces' landmarks, else nose and mouth. Nothing is ever downloaded: raises
    `RecipeError` where the package or the models are missing. Its models are for research alone.
    """
    height, width = pixels.shape[:2]
    found = _analysis(pack).get(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2BGR))
    faces = (_face(one, height, width) for one in found)
    return tuple(face for face in faces if face.box[2] >= least and face.box[3] > 0)


def pack_files(pack: str) -> tuple[Path, ...]:
    """The model files of `pack`, sorted. Raises `RecipeError` where there are none."""
    folder = (_ROOT / "models" / pack).expanduser()
    files = tuple(sorted(folder.glob("*.onnx")))
    if not files:
        raise RecipeError(
            f"sources: face_detector insightface finds no models in {folder}; put the ONNX files "
            f"of {pack} there (insightface would download them, which a build does not do)"
        )
    return files


@cache
def _analysis(pack: str) -> Any:
    try:
        package = import_module("insightface.app")
    except ImportError as error:
        raise RecipeError(
            "sources: face_detector insightface needs the package: pip install insightface "
            "onnxruntime; or name haar or a YuNet file instead"
        ) from error
    pack_files(pack)
    analysis = package.FaceAnalysis(
        name=pack,
        root=str(_ROOT),
        allowed_modules=["detection", "landmark_3d_68"],
        providers=["CPUExecutionProvider"],
    )
    analysis.prepare(ctx_id=-1, det_size=(_SIDE, _SIDE))
    return analysis


def _face(found: Any, height: int, width: int) -> Face:
    left, top = (max(0, round(float(value))) for value in found.bbox[:2])
    right, bottom = (
        min(width, round(float(found.bbox[2]))),
        min(height, round(float(found.bbox[3]))),
    )
    points = [(round(float(x), 2), round(float(y), 2)) for x, y in found.kps]
    eyes, mouth = sorted(points[:2]), sorted(points[3:])
    landmarks: tuple[tuple[float, float], ...] = (points[2], mouth[0], mouth[1])
    fine = getattr(found, "landmark_3d_68", None)
    if fine is not None:
        landmarks = tuple((round(float(x), 2), round(float(y), 2)) for x, y, _ in fine)
    return Face((left, top, right - left, bottom - top), (eyes[0], eyes[1]), landmarks)
