"""Pairs of a photograph and its forgery, stored with one thing amiss at a time, or with nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.photo_files import photo_folder
from schemas.picture import Pixels
from schemas.vocabulary import Label
from sources.packaged import PICTURES, packaged_bytes

MOST = 240

Pair = tuple[Pixels, Pixels]
Files = list[tuple[Label, str, bytes]]


def clean_photographs() -> list[Pixels]:
    """Up to `MOST` pictures of some 300 to 500 px without any trace of a JPEG grid.

    Those of the folder `PHOTOS`, of the folder beside the checkout, or pieces of packaged ones.
    """
    if folder := photo_folder():
        files = [p.read_bytes() for p in sorted(Path(folder).iterdir()) if p.is_file()][:MOST]
        return [_shrunk(decoded(data), 0.55) for data in files]
    crops: list[Pixels] = []
    for picture in PICTURES:
        pixels = _shrunk(decoded(packaged_bytes(picture)), 0.7)
        # Strides that no size of a grid divides; the sizes differ, as those of photographs do.
        for number, top in enumerate(range(0, pixels.shape[0] - 207, 101)):
            for left in range(0, pixels.shape[1] - 207, 97):
                side = 170 + (number * 13 + left) % 37
                crops.append(pixels[top : top + side, left : left + side + number % 5])
    step = max(1, len(crops) // MOST)
    return crops[::step][:MOST]


def decoded(data: bytes) -> Pixels:
    """RGB uint8 of an encoded picture, by Pillow."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def _shrunk(pixels: Pixels, factor: float) -> Pixels:
    height, width = pixels.shape[:2]
    size = (int(width * factor), int(height * factor))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def forged(pixels: Pixels, seed: int) -> Pixels:
    """The picture with a patch of it copied to another place."""
    rng = np.random.default_rng(seed)
    height, width = pixels.shape[:2]
    side = min(height, width) // 4
    (top, to_top), (left, to_left) = (rng.integers(0, n - side, 2) for n in (height, width))
    copy = pixels.copy()
    copy[to_top : to_top + side, to_left : to_left + side] = pixels[
        top : top + side, left : left + side
    ]
    return copy


def jpeg(pixels: Pixels, quality: int, exif: bytes = b"", subsampling: int = 2) -> bytes:
    """The picture as Pillow stores it."""
    buffer = io.BytesIO()
    image = Image.fromarray(pixels)
    image.save(buffer, "JPEG", quality=quality, exif=exif, subsampling=subsampling)
    return buffer.getvalue()


def qualities(pairs: Sequence[Pair], seed: int) -> Files:
    """Reals at quality 96, fakes at 95."""
    return _stored(pairs, lambda p, n: jpeg(p, 96), lambda p, n: jpeg(p, 95))


def sizes(pairs: Sequence[Pair], seed: int) -> Files:
    """Fakes are cut to multiples of 64; reals keep their size."""

    def cut(pixels: Pixels, number: int) -> bytes:
        height, width = (side // 64 * 64 for side in pixels.shape[:2])
        return jpeg(pixels[:height, :width], 90)

    return _stored(pairs, lambda p, n: jpeg(p, 90), cut)


def saves(pairs: Sequence[Pair], seed: int) -> Files:
    """Reals were saved at 60 to 85 before, every other time on another grid; all end at 90."""
    rng = np.random.default_rng(seed)
    before = rng.integers(60, 86, len(pairs))
    shift = rng.integers(0, 8, (len(pairs), 2)) * rng.integers(0, 2, (len(pairs), 1))

    def once(pixels: Pixels, number: int) -> bytes:
        top, left = shift[number]
        return jpeg(pixels[top:, left:], 90)

    def twice(pixels: Pixels, number: int) -> bytes:
        return once(decoded(jpeg(pixels, int(before[number]))), number)

    return _stored(pairs, twice, once)


def exif(pairs: Sequence[Pair], seed: int) -> Files:
    """Reals carry what a camera wrote."""
    tags = Image.Exif()
    tags.update({0x010F: "Camera", 0x0110: "Model 1", 0x0132: "2020:01:01 00:00:00"})
    return _stored(pairs, lambda p, n: jpeg(p, 90, tags.tobytes()), lambda p, n: jpeg(p, 90))


def matched(pairs: Sequence[Pair], seed: int) -> Files:
    """Each pair shares a quality and a subsampling; halves of photographs, for twice as many."""
    rng = np.random.default_rng(seed)
    pairs = [
        (half, forged(half, 2 * number + side))
        for number, (source, _) in enumerate(pairs)
        for side, half in enumerate(np.array_split(source, 2, axis=1))
    ]
    quality = rng.choice((75, 85, 90, 95), len(pairs))
    subsampling = rng.choice((0, 2), len(pairs))

    def same(pixels: Pixels, number: int) -> bytes:
        return jpeg(pixels, int(quality[number]), b"", int(subsampling[number]))

    return _stored(pairs, same, same, 2)


def _stored(
    pairs: Sequence[Pair],
    real: Callable[[Pixels, int], bytes],
    fake: Callable[[Pixels, int], bytes],
    of_one: int = 1,
) -> Files:
    """Both files of each pair, in the group of its photograph, of which there are `of_one`."""
    found: Files = []
    for number, (source, forgery) in enumerate(pairs):
        group = f"photograph {number // of_one}"
        found.append((Label.REAL, group, real(source, number)))
        found.append((Label.FAKE, group, fake(forgery, number)))
    return found
