"""Pictures and masks as an image API takes them."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from schemas.picture import Mask, Pixels
from storage.codecs import encode_png

LONGEST = 3840
"""Longest side that is uploaded, px. What is larger is scaled down first, and a note says so."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A source as it is sent. `size`: (width, height). `note`: what was changed for it, if so."""

    png: bytes
    size: tuple[int, int]
    note: str | None


def upload(pixels: Pixels) -> Upload:
    """A picture (height, width, 3), uint8, as a PNG of at most `LONGEST` px a side."""
    height, width = pixels.shape[:2]
    size = _sent_size(width, height)
    if size == (width, height):
        return Upload(encode_png(pixels), size, None)
    smaller = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS)
    note = f"The source was scaled from {width}x{height} to {size[0]}x{size[1]} for the upload."
    return Upload(encode_png(np.asarray(smaller)), size, note)


def upload_mask(mask: Mask) -> tuple[bytes, Mask]:
    """The mask as it is sent, and the same at its own size again: what was really asked for.

    Sent is a PNG with an alpha channel of 0 where the edit shall be, as the protocol wants it, of
    the size of the upload of a picture that is as large as `mask` (height, width).
    """
    height, width = mask.shape
    sent = Image.fromarray(mask).resize(_sent_size(width, height), Image.Resampling.NEAREST)
    kept = np.where(np.asarray(sent), 0, 255).astype(np.uint8)
    layers = np.zeros((*kept.shape, 4), np.uint8)
    layers[..., 3] = kept
    buffer = io.BytesIO()
    Image.fromarray(layers).save(buffer, format="PNG", compress_level=6)
    back = sent.resize((width, height), Image.Resampling.NEAREST)
    return buffer.getvalue(), np.asarray(back, dtype=np.bool_)


def _sent_size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, LONGEST / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))
