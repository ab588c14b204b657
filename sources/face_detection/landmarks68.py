"""The 68 landmarks of a face by a small regression network, whose weights the user brings."""

from __future__ import annotations

import threading
from dataclasses import replace

import cv2
import numpy as np

from schemas.errors import RecipeError
from schemas.picture import Face, Pixels

_SIDE = 112
_MARGIN = 1.2
"""The network looks at a square this many times as long as the longer side of the face's box."""
_ASTRAY = 0.35
_loaded = threading.local()  # A network keeps its input while it runs: one for each thread.


def with_68_landmarks(pixels: Pixels, face: Face, path: str) -> Face:
    """The face with 68 landmarks in place of those it has.

    `path` is an ONNX file that takes RGB (1, 3, 112, 112) in 0..1 and gives 68 points (x, y) in
    0..1, as PFLD does (Guo et al., "PFLD: A Practical Facial Landmark Detector", 2019). Where its
    eyes lie far from the detector's the face stays as it is. Raises `RecipeError` where the file
    is no such network.
    """
    x, y, width, height = face.box
    half = _MARGIN * max(width, height) / 2.0
    left, top = x + width / 2.0 - half, y + height / 2.0 - half
    scale = _SIDE / (2.0 * half)
    # Pixel centres lie at whole numbers: the crop's first one is half a step within its edge.
    matrix = np.array(
        [[scale, 0.0, (0.5 - left) * scale - 0.5], [0.0, scale, (0.5 - top) * scale - 0.5]]
    )
    crop = cv2.warpAffine(
        np.ascontiguousarray(pixels), matrix, (_SIDE, _SIDE), borderMode=cv2.BORDER_REPLICATE
    )
    network = _network(path)
    network.setInput(cv2.dnn.blobFromImage(crop, 1.0 / 255.0))
    try:
        shares = np.asarray(network.forward(), np.float64).ravel()
    except cv2.error:  # A network for pictures of another size.
        shares = np.empty(0)
    if shares.size != 136:
        raise RecipeError(
            f"sources: {path!r} does not give the 68 landmarks of a face in 112 by 112 pixels"
        )
    points = shares.reshape(68, 2) * (2.0 * half) + (left, top)
    eyes = np.array([points[36:42].mean(axis=0), points[42:48].mean(axis=0)])
    unit = float(np.hypot(*np.subtract(*face.eyes)))
    if np.abs(eyes - np.asarray(face.eyes)).max() > _ASTRAY * unit:
        return face
    return replace(
        face, landmarks=tuple((round(float(u), 2), round(float(v), 2)) for u, v in points)
    )


def _network(path: str) -> cv2.dnn.Net:
    networks: dict[str, cv2.dnn.Net] = _loaded.__dict__.setdefault("networks", {})
    if path not in networks:
        try:
            networks[path] = cv2.dnn.readNetFromONNX(path)
        except cv2.error as error:
            raise RecipeError(
                f"sources: {path!r} could not be loaded as a network for landmarks: {error.err}"
            ) from error
    return networks[path]
