"""Crops of one class in random order, out of a stream that may be sorted and may be endless."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from detector.baselines.training_set import Pictures, pixels_of

Crop = npt.NDArray[np.uint8]

# Decoding a picture costs as much as training on a crop with a small network, so each look takes
# several crops, and the pool that they are drawn from keeps them apart.
_A_LOOK = 4
_POOL = 1024


def endless_crops(
    train: Pictures, fake: bool, count: int, side: int, rng: np.random.Generator
) -> Iterator[Crop]:
    """RGB uint8 (side, side, 3) from the `count` pictures of this class, half of them mirrored.

    Memory holds at most 1024 crops. Raises `DatasetError` where a picture cannot be read.
    """
    pool: list[Crop] = []
    size = min(_POOL, _A_LOOK * count)
    while True:
        for picture in train():
            if picture.fake is not fake:
                continue
            pixels = at_least(pixels_of(picture), side)
            for _ in range(_A_LOOK):
                crop = _random_crop(pixels, side, rng)
                if len(pool) < size:
                    pool.append(crop)
                else:
                    drawn = int(rng.integers(size))
                    yield pool[drawn]
                    pool[drawn] = crop


def at_least(pixels: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.uint8]:
    """The picture, continued by its mirror image to the right and below where it is smaller."""
    height, width = pixels.shape[:2]
    if min(height, width) >= side:
        return pixels
    missing = ((0, max(0, side - height)), (0, max(0, side - width)), (0, 0))
    return np.pad(pixels, missing, mode="symmetric")


def _random_crop(pixels: npt.NDArray[np.uint8], side: int, rng: np.random.Generator) -> Crop:
    top, left = (int(rng.integers(length - side + 1)) for length in pixels.shape[:2])
    crop = pixels[top : top + side, left : left + side]
    return (crop[:, ::-1] if rng.integers(2) else crop).copy()
