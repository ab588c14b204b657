"""What can be known of a picture without looking at it: its file's size, container and fields."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image, JpegImagePlugin

from detector.evaluation.contract import TestPicture
from storage.codecs import describe

Features = dict[str, float | str]
"""Features by name; what a file does not have is left out."""

_STEPS = 64  # Sides that are multiples of it tell of a network's blocks; larger ones no more.


def side_features(picture: TestPicture) -> Features:
    """The features of a picture: of its file (never decoded), and what its row says beside it.

    A file that cannot be opened still has a length.
    """
    found: Features = {"bytes": float(len(picture.encoded))}
    try:
        with Image.open(io.BytesIO(picture.encoded)) as image:
            found |= _header(image, len(picture.encoded))
    except Exception:  # Hostile bytes raise nearly anything; having no header tells enough.
        found["format"] = "unreadable"
    return found | _plain("side", picture.side)


def _header(image: Image.Image, length: int) -> Features:
    codec = describe(image)
    width, height = image.size
    found: Features = {
        "format": codec.format,
        "mode": image.mode,
        "width": float(width),
        "height": float(height),
        "aspect": width / height,
        "pixels": float(width * height),
        "bytes_per_pixel": length / (width * height),
        "step": float((width | height | _STEPS) & -(width | height | _STEPS)),
    }
    if codec.quality is not None:
        found["quality"] = float(codec.quality)
    if codec.subsampling is not None:
        found["subsampling"] = codec.subsampling
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        for number, table in image.quantization.items():
            found[f"table.{number}"] = sum(table) / len(table)
    return found | _plain("field", image.info)


def _plain(prefix: str, values: Mapping[Any, Any]) -> Features:
    """Numbers and short words as they are; of texts, bytes and lists, how long they are."""
    found: Features = {}
    for key, value in values.items():
        name = f"{prefix}.{key}"
        if isinstance(value, Mapping):
            found |= _plain(name, value)
        elif isinstance(value, bool | int | float):
            found[name] = float(value)
        elif isinstance(value, str) and prefix.startswith("side"):
            found[name] = value
        elif isinstance(value, str | bytes | list | tuple | dict):
            found[name] = float(len(value))
    return found
