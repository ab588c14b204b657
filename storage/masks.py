"""Masks as one-bit PNG files of their image's own size, and back."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from schemas.errors import StorageError
from schemas.picture import Mask


def encode_mask(mask: Mask) -> bytes:
    """A bool array (height, width) as a one-bit greyscale PNG; equal masks give equal bytes."""
    if mask.dtype != np.bool_ or mask.ndim != 2:
        raise ValueError(f"a mask is a 2-D bool array, not {mask.dtype} of shape {mask.shape}")
    buffer = io.BytesIO()
    Image.fromarray(mask).save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()


def decode_mask(data: bytes) -> Mask:
    """The bool array (height, width) of a mask written by `encode_mask`."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.format != "PNG" or image.mode != "1":
                raise StorageError(
                    f"a mask must be a one-bit PNG, this is {image.format} in mode {image.mode}"
                )
            return np.asarray(image, dtype=np.bool_)
    except (OSError, SyntaxError) as error:
        raise StorageError(f"a mask could not be decoded: {error}") from error
