"""Pictures as the encoders want them, with Pillow and numpy alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def pad_to_square(
    picture: NDArray[np.uint8], colour: tuple[float, float, float] = CLIP_MEAN
) -> NDArray[np.uint8]:
    """Centre RGB uint8 [H, W, 3] on a square of `colour` (0..1), as LLaVA-1.5 does."""
    height, width = picture.shape[:2]
    side = max(height, width)
    square = np.empty((side, side, 3), dtype=np.uint8)
    square[:] = [int(255 * value) for value in colour]
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = picture
    return square


def pixels_for_clip(
    picture: NDArray[np.uint8], size: int = 336, *, pad: bool = True
) -> NDArray[np.float32]:
    """RGB uint8 [H, W, 3] as float32 [3, size, size], normalised for CLIP.

    Both encoders see these numbers: FakeReasoning normalises for CLIP only. `pad=False` stretches.
    """
    return _normalised(pad_to_square(picture) if pad else picture, size, CLIP_MEAN, CLIP_STD)


def pixels_for_sam(picture: NDArray[np.uint8], size: int = 1024) -> NDArray[np.float32]:
    """RGB uint8 [H, W, 3] stretched to float32 [3, size, size], normalised for SAM 2."""
    return _normalised(picture, size, IMAGENET_MEAN, IMAGENET_STD, Image.Resampling.BILINEAR)


def tiles(height: int, width: int, size: int, overlap: int = 0) -> Iterator[tuple[slice, slice]]:
    """Windows of `size` px that cover a picture at its own resolution, row by row.

    Neighbours share at least `overlap` px; the last of a row or column is moved back inside, so a
    picture smaller than `size` gives one window of its own size.
    """
    if not 0 <= overlap < size:
        raise ValueError("the overlap must be at least 0 and less than the size")
    for top in _starts(height, size, overlap):
        for left in _starts(width, size, overlap):
            yield slice(top, min(top + size, height)), slice(left, min(left + size, width))


def _starts(length: int, size: int, overlap: int) -> list[int]:
    if length <= size:
        return [0]
    count = -(-(length - overlap) // (size - overlap))
    return [round(i * (length - size) / (count - 1)) for i in range(count)]


def _normalised(
    picture: NDArray[np.uint8],
    size: int,
    mean: tuple[float, float, float],
    std: tuple[float, float, float],
    resampling: Image.Resampling = Image.Resampling.BICUBIC,
) -> NDArray[np.float32]:
    image = Image.fromarray(np.ascontiguousarray(picture))
    if image.size != (size, size):
        image = image.resize((size, size), resampling)
    scaled = np.asarray(image, dtype=np.float32) / np.float32(255)
    normal = (scaled - np.array(mean, np.float32)) / np.array(std, np.float32)
    return np.ascontiguousarray(normal.transpose(2, 0, 1), dtype=np.float32)
