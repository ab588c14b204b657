"""Pictures as bytes and back, and what their bytes tell of how they were encoded."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, JpegImagePlugin

from schemas.errors import StorageError
from schemas.picture import Codec, Pixels

Subsampling = Literal["4:4:4", "4:2:2", "4:2:0"]
_SUBSAMPLING: dict[Subsampling, int] = {"4:4:4": 0, "4:2:2": 1, "4:2:0": 2}
_SUBSAMPLING_NAMES = {number: name for name, number in _SUBSAMPLING.items()}


def encode_png(pixels: Pixels) -> bytes:
    """RGB uint8 (height, width, 3) as PNG without metadata; equal pixels give equal bytes."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", compress_level=4)
    return buffer.getvalue()


def encode_jpeg(pixels: Pixels, quality: int, subsampling: Subsampling) -> bytes:
    """RGB uint8 (height, width, 3) as baseline JPEG at IJG `quality` 1..100, without metadata."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(
        buffer, format="JPEG", quality=quality, subsampling=_SUBSAMPLING[subsampling]
    )
    return buffer.getvalue()


def decode(data: bytes) -> Pixels:
    """RGB uint8 (height, width, 3) of bytes that this module encoded; read-only."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            pixels = rgb(image)
    except (OSError, SyntaxError, ValueError) as error:
        raise StorageError(f"a picture could not be decoded: {error}") from error
    pixels.setflags(write=False)
    return pixels


def rgb(image: Image.Image) -> Pixels:
    """Its pixels, RGB uint8 (height, width, 3), possibly read-only."""
    # Converting what is RGB already would copy it: a twentieth of decoding a JPEG.
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def describe(image: Image.Image, saves: int | None = None) -> Codec:
    """How an opened file was encoded. `saves`: known lossy encodings, 1 for lossy ones if None."""
    name = image.format or "unknown"
    lossless = name in {"PNG", "TIFF", "BMP", "PPM", "GIF"}
    quality: int | None = None
    subsampling: str | None = None
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        tables = image.quantization
        if tables:
            quality = estimate_quality(tables[min(tables)])
        subsampling = _SUBSAMPLING_NAMES.get(JpegImagePlugin.get_sampling(image))
    if saves is None:
        saves = 0 if lossless else 1
    return Codec(name, quality, subsampling, saves, lossless)


def estimate_quality(luminance: Sequence[int]) -> int:
    """The IJG quality (1..100) whose luminance table is nearest to `luminance` (64 steps).

    Exact for tables that the IJG library made; the nearest equivalent for a camera's own.
    """
    return int(np.abs(_ijg_tables() - np.asarray(luminance)).sum(axis=1).argmin()) + 1


@cache
def _ijg_tables() -> npt.NDArray[np.int64]:
    """The luminance tables of qualities 1 to 100, as the encoder itself writes them."""
    tables = []
    for quality in range(1, 101):
        data = encode_jpeg(np.zeros((8, 8, 3), np.uint8), quality, "4:4:4")
        with Image.open(io.BytesIO(data)) as image:
            assert isinstance(image, JpegImagePlugin.JpegImageFile)
            tables.append(image.quantization[0])
    return np.array(tables)
