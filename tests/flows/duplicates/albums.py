"""Folders of photographs with copies in them, for tests of the tools."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from schemas.picture import Pixels
from storage.codecs import encode_jpeg, encode_png
from tests.generators.pictures import photograph

NAMES = ("astronaut", "coffee", "chelsea", "rocket")


def jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    return encode_jpeg(np.ascontiguousarray(pixels), quality, "4:4:4")


def png(pixels: Pixels) -> bytes:
    return encode_png(np.ascontiguousarray(pixels))


def small(name: str) -> Pixels:
    return photograph(name, 256)


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def album(folder: Path) -> Path:
    """Four photographs; two copies of the first, one as it is; one of the second, smaller."""
    shown = {name: small(name) for name in NAMES}
    files = {f"{name}.png": png(pixels) for name, pixels in shown.items()}
    files["copies/same.png"] = files["astronaut.png"]
    files["copies/saved.jpg"] = jpeg(shown["astronaut"], 60)
    files["copies/small.jpg"] = jpeg(shown["coffee"][::2, ::2])
    files["broken.jpg"] = jpeg(shown["coffee"])[:300]
    files["text.png"] = b"this is no picture"
    return write(folder, files)
