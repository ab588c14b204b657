"""The rules by which benchmarks write down where a picture was forged."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from schemas.errors import StorageError
from schemas.picture import Mask
from storage.reading import MAX_PIXELS

_HALF = 128
_LIT = 100  # Columbia's darker shade is 200 of 255, its black 0: JPEG moves neither as far as this


def any_value(data: bytes) -> Mask:
    """Forged where any channel is not 0: masks of 0 and 1 as well as of 0 and 255."""
    return _frozen(_values(data).max(axis=2) > 0)


def light(data: bytes) -> Mask:
    """Forged where it is lighter than half: what a lossy or smoothed edge leaves dark is real."""
    return _frozen(_values(data).max(axis=2) >= _HALF)


def dark(data: bytes) -> Mask:
    """Forged where it is darker than half, on white."""
    return _frozen(_values(data).max(axis=2) < _HALF)


def green(data: bytes) -> Mask:
    """Forged where it is green: red is the other camera, in either shade, and black no region."""
    values = _values(data).astype(np.int16)
    return _frozen((values[..., 1] > values[..., 0]) & (values[..., 1] >= _LIT))


def _values(data: bytes) -> npt.NDArray[np.uint8]:
    """RGB uint8 (height, width, 3); a two-level file keeps its two levels, alpha is ignored."""
    if not data:
        raise StorageError("it is empty; fetch it again")
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise StorageError(f"it is over {MAX_PIXELS // 1_000_000} megapixels")
            if image.mode in {"I;16", "I;16B", "I;16L"}:
                deep = (np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)
                return np.repeat(deep[..., None], 3, axis=2)
            flat = image.convert("L") if image.mode == "LA" else image
            return np.array(flat.convert("RGB"))
    except StorageError:
        raise
    # A decoder fed with broken bytes raises nearly anything.
    except Exception as error:
        raise StorageError(f"it could not be decoded ({error}); fetch it again") from error


def _frozen(mask: npt.NDArray[np.bool_]) -> Mask:
    mask.setflags(write=False)
    return mask
