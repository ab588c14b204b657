"""One way to encode a picture: a format with its settings, and the bytes that it gives."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from schemas.picture import Codec, Pixels
from storage.codecs import Subsampling, encode_jpeg, encode_png


@dataclass(frozen=True, slots=True)
class StoredCodec:
    """How a picture is to be encoded: PNG without settings, JPEG with both, WebP with a quality."""

    format: Literal["PNG", "JPEG", "WEBP"]
    quality: int | None = None
    subsampling: Subsampling | None = None

    @property
    def lossy(self) -> bool:
        """Whether it changes pixels."""
        return self.format != "PNG"

    @property
    def said(self) -> str:
        """The format and its settings in a few words."""
        return " ".join(
            str(part) for part in (self.format, self.quality, self.subsampling) if part is not None
        )

    def recorded(self, saves: int) -> Codec:
        """What is recorded of a picture stored so, whose pixels had seen `saves` lossy encodings.

        The quality of a WebP is not: no reader can tell it from the file.
        """
        if not self.lossy:
            return Codec("PNG", saves=saves, lossless=True)
        quality = self.quality if self.format == "JPEG" else None
        return Codec(self.format, quality, self.subsampling, saves + 1, lossless=False)


def encode_as(pixels: Pixels, stored: StoredCodec) -> bytes:
    """RGB uint8 (height, width, 3) as bytes without metadata; equal pixels give equal bytes.

    Raises ValueError for a lossy format whose settings are missing.
    """
    if stored.format == "PNG":
        return encode_png(pixels)
    if stored.format == "WEBP":
        if stored.quality is None:
            raise ValueError("a WebP needs a quality")
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, format="WEBP", quality=stored.quality, method=4)
        return buffer.getvalue()
    if stored.quality is None or stored.subsampling is None:
        raise ValueError("a JPEG needs a quality and a subsampling")
    return encode_jpeg(pixels, stored.quality, stored.subsampling)
