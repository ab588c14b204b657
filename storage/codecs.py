"""Pictures as bytes and back, and what their bytes tell of how they were encoded."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Literal

import numpy as np
from PIL import Image, JpegImagePlugin

from schemas.errors import StorageError
from schemas.picture import Codec, Pixels

Subsampling = Literal["4:4:4", "4:2:2", "4:2:0"]
_SUBSAMPLING: dict[Subsampling, int] = {"4:4:4": 0, "4:2:2": 1, "4:2:0": 2}
_SUBSAMPLING_NAMES = {number: name for name, number in _SUBSAMPLING.items()}

# The luminance table of ITU-T T.81, Annex K.1, which the IJG library scales by quality.
_ANNEX_K_SUM = 3685


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
            pixels = np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise StorageError(f"a picture could not be decoded: {error}") from error
    pixels.setflags(write=False)
    return pixels


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
    """The IJG quality (1..100) whose scaled Annex K luminance table has the sum of `luminance`.

    Exact for tables that the IJG library made, save for clipping at the ends; the nearest
    equivalent for a camera's own tables.
    """
    scale = 100.0 * (sum(luminance) - 32) / _ANNEX_K_SUM
    quality = (200.0 - scale) / 2.0 if scale <= 100.0 else 5000.0 / scale
    return int(min(100, max(1, round(quality))))
