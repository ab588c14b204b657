"""What is done to a picture on its way to a detector: codecs, blur, noise, size, tone.

Each takes and gives RGB uint8 (height, width, 3) and leaves its input alone. None but `noise`
draws random numbers.
"""

from __future__ import annotations

import io

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from schemas.picture import Mask, Pixels
from storage.codecs import decode, encode_jpeg

# ITU-R BT.601, as Pillow and OpenCV weigh the channels for a grey picture.
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def jpeg(pixels: Pixels, quality: int) -> Pixels:
    """Saved once as baseline JPEG at IJG `quality` 1..100, colours at half resolution (4:2:0)."""
    return decode(encode_jpeg(pixels, quality, "4:2:0"))


def webp(pixels: Pixels, quality: int) -> Pixels:
    """Saved once as lossy WebP at libwebp's `quality` 0..100."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="WEBP", quality=quality, method=4)
    return decode(buffer.getvalue())


def gaussian_blur(pixels: Pixels, kernel: int) -> Pixels:
    """Blurred by a Gaussian window of `kernel` pixels, an odd number.

    Its deviation is OpenCV's for that window, 0.3 ((kernel - 1) / 2 - 1) + 0.8.
    """
    if kernel < 1 or kernel % 2 == 0:
        raise ValueError(f"a Gaussian window has an odd number of pixels, not {kernel}")
    return np.asarray(cv2.GaussianBlur(pixels, (kernel, kernel), 0), np.uint8)


def gaussian_noise(pixels: Pixels, variance: float, seed: int) -> Pixels:
    """Independent Gaussian noise of this `variance`, in squared grey levels of 0..255, added."""
    noise = np.random.default_rng(seed).standard_normal(pixels.shape, np.float32)
    return _rounded(pixels + noise * np.float32(np.sqrt(variance)))


def resize(pixels: Pixels, factor: float) -> Pixels:
    """Scaled by `factor`, a pixel at least: by area when it shrinks, bicubic when it grows."""
    size = _scaled(pixels.shape[1], pixels.shape[0], factor)
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=way), np.uint8)


def resize_mask(mask: Mask, factor: float) -> Mask:
    """A mask (height, width) bool scaled with its picture, by nearest neighbour."""
    size = _scaled(mask.shape[1], mask.shape[0], factor)
    scaled = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(scaled > 0)


def brightness(pixels: Pixels, factor: float) -> Pixels:
    """Blended with black: values times `factor`, clipped."""
    return _rounded(pixels * np.float32(factor))


def contrast(pixels: Pixels, factor: float) -> Pixels:
    """Blended with the picture's mean grey: distances from it times `factor`, clipped."""
    mean = np.float32(np.mean(pixels @ _LUMA, dtype=np.float64))
    return _rounded(mean + (pixels - mean) * np.float32(factor))


def saturation(pixels: Pixels, factor: float) -> Pixels:
    """Blended with its own grey: distances from it times `factor`, clipped."""
    grey = (pixels @ _LUMA)[..., None]
    return _rounded(grey + (pixels - grey) * np.float32(factor))


def _scaled(width: int, height: int, factor: float) -> tuple[int, int]:
    if factor <= 0:
        raise ValueError(f"a picture is scaled by a positive factor, not {factor}")
    return max(1, round(width * factor)), max(1, round(height * factor))


def _rounded(values: npt.NDArray[np.floating]) -> Pixels:
    return np.asarray(np.rint(values).clip(0, 255), np.uint8)
