"""Everything the audit wants to know of one picture, from its bytes and a cheap look at them."""

from __future__ import annotations

import io
from collections.abc import Collection
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, JpegImagePlugin

from curation.shortcuts.appearance import colour_features, frequency_features
from curation.shortcuts.catalogue import FEATURES
from curation.shortcuts.history import grid_features, resave_features
from curation.shortcuts.segments import structure
from schemas.identity import hash_bytes
from schemas.shortcuts import Family
from storage.codecs import describe
from storage.reading import MAX_PIXELS, UnreadablePicture, read_picture

_PIXEL_FAMILIES = frozenset({Family.HISTORY, Family.COLOUR, Family.FREQUENCY})
_UPRIGHT_AS_STORED = cv2.IMREAD_IGNORE_ORIENTATION

Values = dict[str, float | str]
"""Features by their names in the catalogue; what a file does not have is left out."""


def file_features(data: bytes, families: Collection[Family] = tuple(Family)) -> Values:
    """The features of an encoded picture, in the catalogue's order.

    The picture is decoded once, as it is stored, and only for the families that look at pixels; of
    a large one the middle is looked at. `width` and `height` are those of the file, not turned by
    its EXIF orientation. Raises `UnreadablePicture` where the bytes are no whole picture.
    """
    found, table = _header(data)
    found |= structure(data)
    if _PIXEL_FAMILIES.intersection(families):
        found |= _look(data, str(found["format"]), table, families)
    return {
        name: found[name]
        for name, feature in FEATURES.items()
        if name in found and feature.family in families
    }


def _header(data: bytes) -> tuple[dict[str, Any], npt.NDArray[np.int64] | None]:
    """What Pillow reads without decoding, and a JPEG's luminance table (8, 8)."""
    if not data:
        raise UnreadablePicture("empty", "the file has no bytes")
    table = None
    try:
        with Image.open(io.BytesIO(data)) as image:
            codec = describe(image)
            found: dict[str, Any] = {
                "format": codec.format,
                "mode": image.mode,
                "width": float(image.width),
                "height": float(image.height),
            }
            if isinstance(image, JpegImagePlugin.JpegImageFile) and image.quantization:
                tables = image.quantization
                luma = tables[min(tables)]
                table = np.array(luma).reshape(8, 8)
                found["luma_step"] = float(np.mean(luma))
                if len(tables) > 1:
                    found["chroma_step"] = float(np.mean(tables[max(tables)]))
                found["tables"] = hash_bytes(repr(sorted(tables.items())).encode())[:8]
    except Exception as error:
        # Hostile bytes raise nearly anything here; the strict reader has the words for it.
        read_picture(data)
        raise UnreadablePicture("broken", f"{type(error).__name__}: {error}") from error
    if found["width"] * found["height"] > MAX_PIXELS:
        read_picture(data)
    if codec.quality is not None:
        found["quality"] = float(codec.quality)
    if codec.subsampling is not None:
        found["subsampling"] = codec.subsampling
    found |= size_features(found["width"], found["height"], len(data))
    return found, table


def size_features(width: float, height: float, size: int) -> dict[str, float]:
    """What follows from the sides in pixels and the size in bytes."""
    step = int(width) | int(height) | 64
    return {
        "size_step": float(step & -step),
        "aspect": width / height,
        "megapixels": width * height / 1e6,
        "bytes_per_pixel": size / (width * height),
    }


def _look(
    data: bytes,
    container: str,
    table: npt.NDArray[np.int64] | None,
    families: Collection[Family],
) -> dict[str, Any]:
    jpeg = container in ("JPEG", "MPO")
    if jpeg and data.rfind(b"\xff\xd9") < 0:
        raise UnreadablePicture("broken", "the file ends before the picture does")
    raw = np.frombuffer(data, np.uint8)
    colour = None
    if not jpeg or Family.COLOUR in families:
        reduced = cv2.IMREAD_REDUCED_COLOR_8 if jpeg else cv2.IMREAD_COLOR
        colour = _decoded(raw, reduced, data)
    # A JPEG's own luminance comes without the rounding of a turn through RGB.
    if colour is not None and not jpeg:
        luma = np.asarray(cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY), np.uint8)
    else:
        luma = _decoded(raw, cv2.IMREAD_GRAYSCALE, data)
    found: dict[str, Any] = {}
    if Family.HISTORY in families:
        found |= grid_features(luma)
        if table is not None:
            found |= resave_features(luma, table)
    if Family.COLOUR in families and colour is not None:
        found |= colour_features(colour)
    if Family.FREQUENCY in families:
        found |= frequency_features(luma)
    return found


def _decoded(raw: npt.NDArray[np.uint8], flags: int, data: bytes) -> npt.NDArray[np.uint8]:
    """The picture by OpenCV's decoder, or by the careful one where OpenCV cannot read it."""
    try:
        pixels = cv2.imdecode(raw, flags | _UPRIGHT_AS_STORED)
    except cv2.error:
        pixels = None
    if pixels is not None:
        return np.asarray(pixels, np.uint8)
    careful = read_picture(data)[0]
    code = cv2.COLOR_RGB2GRAY if flags == cv2.IMREAD_GRAYSCALE else cv2.COLOR_RGB2BGR
    return np.asarray(cv2.cvtColor(careful, code), np.uint8)
