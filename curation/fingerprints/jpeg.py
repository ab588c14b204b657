"""JPEG files as small greys: as much of a file is decoded as a fingerprint needs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import count

import cv2
import numpy as np

from curation.fingerprints.thumbnails import Grey

# At an eighth of the size, 99 in 100 hashes are within two bits of imagehash's from 32 cells along
# the shorter side on; 40 keep a distance from that.
_CELLS = 40
_DECODING = {
    1: cv2.IMREAD_GRAYSCALE,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}
# Loading numba takes a second, in which as many files are decoded without it.
_WORTH_COMPILING = 1000
_decoded = count()


def scaling(height: int, width: int) -> int:
    """By how much a picture of this size may be scaled down on decoding: 1, 2, 4 or 8."""
    return max((scale for scale in _DECODING if scale * _CELLS <= min(height, width)), default=1)


def decode_grey(data: bytes, height: int, width: int) -> Grey | None:
    """Luminance of a JPEG file of `height` by `width` pixels, as it lies in the file.

    uint8 (ceil(height / s), ceil(width / s)) for s = scaling(height, width): averages of s by s
    pixels. None where it cannot be decoded. Where numba is installed, and files come by the
    thousand, an eighth of the size is read by `block_averages`, which gives the same values.
    """
    scale = scaling(height, width)
    grey = None
    if scale == 8 and next(_decoded) >= _WORTH_COMPILING:
        averages = _compiled()
        grey = averages and averages(data, height, width)
    return _decode_scaled(data, scale) if grey is None else grey


@cache
def _compiled() -> Callable[[bytes, int, int], Grey | None] | None:
    """`block_averages`, where numba is installed."""
    if not find_spec("numba"):
        return None
    module = import_module("curation.fingerprints.jpeg_averages")
    averages: Callable[[bytes, int, int], Grey | None] = module.block_averages
    return averages


def _decode_scaled(data: bytes, scale: int) -> Grey | None:
    flags = _DECODING[scale] | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        grey = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None
    return None if grey is None else np.asarray(grey, np.uint8)
