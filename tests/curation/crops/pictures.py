"""Pictures, and what becomes of them when somebody crops and saves them again."""

from __future__ import annotations

import io
from functools import cache

import cv2
import numpy as np
from PIL import Image

from schemas.picture import Pixels
from sources.packaged import PICTURES, packaged_bytes
from storage.codecs import decode, encode_jpeg

NAMES = (
    "astronaut", "brick", "camera", "chelsea", "china", "clock_motion", "coffee", "coins", "flower",
    "grace_hopper", "grass", "gravel", "hubble_deep_field", "ihc", "moon", "motorcycle_left",
    "retina", "rocket",
)  # fmt: skip


@cache
def picture(name: str) -> Pixels:
    """A packaged picture as RGB, read-only."""
    (one,) = (one for one in PICTURES if one.name == name)
    pixels = np.array(Image.open(io.BytesIO(packaged_bytes(one))).convert("RGB"))
    pixels.setflags(write=False)
    return pixels


def pieces(pixels: Pixels, side: int) -> list[Pixels]:
    """`side` by `side` parts of a picture, none of which overlap."""
    rows = np.array_split(pixels, side, axis=0)
    return [np.ascontiguousarray(one) for row in rows for one in np.array_split(row, side, axis=1)]


def crop(
    pixels: Pixels, keep: float, rng: np.random.Generator
) -> tuple[Pixels, tuple[int, int, int, int]]:
    """A window with `keep` of each side at a random place, and (left, top, width, height) of it."""
    height, width = pixels.shape[:2]
    down, across = round(height * keep), round(width * keep)
    top, left = int(rng.integers(height - down + 1)), int(rng.integers(width - across + 1))
    window = np.ascontiguousarray(pixels[top : top + down, left : left + across])
    return window, (left, top, across, down)


def saved_again(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """JPEG at a quality of 50 to 95, then resized to between half and all of its size."""
    scale = rng.uniform(0.5, 1)
    size = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
    lossy = decode(encode_jpeg(pixels, int(rng.integers(50, 96)), "4:2:0"))
    return np.asarray(cv2.resize(lossy, size, interpolation=cv2.INTER_AREA), np.uint8)
