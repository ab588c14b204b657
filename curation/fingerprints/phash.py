"""Perceptual fingerprints: 64 bits that stay nearly the same while a picture looks the same."""

from __future__ import annotations

import imagehash
from PIL import Image

from schemas.picture import Pixels


def fingerprint(pixels: Pixels) -> int:
    """The pHash of a picture, (height, width, 3) uint8, in [0, 2**64): `imagehash.phash`'s bits.

    The first bit of imagehash's array, row by row, is the highest of the number, so that `to_hex`
    spells what `str(imagehash.phash(…))` does.
    """
    return int(str(imagehash.phash(Image.fromarray(pixels))), 16)


def to_hex(value: int) -> str:
    """A fingerprint as 16 hex digits."""
    if not 0 <= value < 1 << 64:
        raise ValueError(f"a fingerprint has 64 bits, {value} does not fit")
    return f"{value:016x}"


def from_hex(text: str) -> int:
    """The fingerprint that `to_hex` spelled."""
    if len(text) != 16:
        raise ValueError(f"a fingerprint has 16 hex digits, {text!r} has {len(text)}")
    return int(text, 16)
