"""Pictures to lay in folders, and all that a reader makes of them."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from schemas.picture import Picture, RejectedSource
from schemas.recipe.sources import FolderSource
from sources.reader import SourceReader, open_reader

Array = npt.NDArray[np.uint8]


def textured(seed: int, height: int = 300, width: int = 300) -> Array:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def saved(pixels: npt.NDArray[np.generic], name: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=name, **options)
    return buffer.getvalue()


def reader(folder: object, seed: int = 1, **more: object) -> SourceReader:
    entry = {"kind": "folder", "path": str(folder), **more}
    return open_reader(FolderSource.model_validate(entry), seed)


def read_all(source: SourceReader) -> dict[str, list[Picture | RejectedSource]]:
    return {origin: list(source.read(origin)) for origin in source.origins()}


def page_with_words() -> bytes:
    image = Image.new("RGB", (400, 300), "white")
    draw = ImageDraw.Draw(image)
    for row in range(6):
        line = f"Line {row} of the letter"
        draw.text((20, 20 + 40 * row), line, "black", ImageFont.load_default(24))
    return saved(np.asarray(image))


ALL = ("photos/B.JPG", "photos/a.png", "photos/sub/c.webp", "photos/sub/d.Tiff")
