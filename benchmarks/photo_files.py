"""Photographs to measure on: a folder of yours, those beside the checkout, or the packaged ones."""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image, ImageOps

from sources.packaged import PICTURES, packaged_bytes

# Packaged pictures that are no photographs, or hardly more than one colour or one texture.
_NO_PHOTOGRAPHS = {"brick", "cell", "clock_motion", "grass", "gravel", "page", "text", "moon"}
_SIDES = 512, 1024


def photographs() -> list[tuple[str, bytes]]:
    """Name and bytes of each file: of the folder `PHOTOS`, of ../shared/data/photos, or packaged.

    Sorted by name. Of two packaged views of one scene only the first is taken.
    """
    folder = photo_folder()
    if folder:
        paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        return [(path.name, path.read_bytes()) for path in paths]
    scenes = {
        picture.group or picture.name: picture
        for picture in reversed(PICTURES)
        if picture.name not in _NO_PHOTOGRAPHS
    }
    return sorted((picture.name, packaged_bytes(picture)) for picture in scenes.values())


def jpeg_files() -> list[bytes]:
    """JPEG files of 512 to 1024 pixels on the longer side.

    Photographs of a folder that are such files come as they are; others, and all packaged ones, are
    brought to a length in that range and saved at qualities from 75 to 95, with and without chroma
    subsampling.
    """
    found = bool(photo_folder())
    files = []
    for number, (_, data) in enumerate(photographs()):
        with Image.open(io.BytesIO(data)) as image:
            if found and image.format == "JPEG" and _SIDES[0] <= max(image.size) <= _SIDES[1]:
                files.append(data)
                continue
            upright = ImageOps.exif_transpose(image).convert("RGB")
        length = _SIDES[0] + 64 * (number % 9)
        scale = length / max(upright.size)
        upright = upright.resize([max(1, round(side * scale)) for side in upright.size])
        buffer = io.BytesIO()
        quality, subsampling = 75 + 5 * (number % 5), (2, 2, 0)[number % 3]
        upright.save(buffer, "JPEG", quality=quality, subsampling=subsampling)
        files.append(buffer.getvalue())
    return files


def photo_folder() -> str:
    """Where photographs are, if anywhere: empty where only packaged ones are there."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "photos"
    return os.environ.get("PHOTOS", str(beside) if beside.is_dir() else "")
