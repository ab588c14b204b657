"""`python -m benchmarks.fingerprints`: pHashes of JPEG files and of arrays, against imagehash.

Files of 512 to 1024 pixels, on one thread. imagehash decodes with Pillow, as people use it; the
bare scaled decode is OpenCV's, in grey at an eighth of the size, of the same files. Ours is
measured twice: with numba, which steps over what is not wanted of a file, and without, where OpenCV
decodes. Medians of alternating turns. Photographs are those of the folder PHOTOS, those beside the
checkout, or the packaged ones, which are few.
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import cv2
import imagehash
import numpy as np
from PIL import Image

from benchmarks.figures import Figure, report
from benchmarks.photo_files import jpeg_files
from curation.fingerprints import jpeg
from curation.fingerprints.files import fingerprint_file
from curation.fingerprints.jpeg import scaling
from curation.fingerprints.phash import fingerprint
from schemas.picture import Pixels

TURNS = 7
SIDES = (384, 512, 640, 768, 896, 1024)
_DECODING = {
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    1: cv2.IMREAD_GRAYSCALE,
}


def with_imagehash(data: bytes) -> int:
    """What people do."""
    with Image.open(io.BytesIO(data)) as image:
        return int(str(imagehash.phash(image)), 16)


def with_numba(data: bytes) -> int:
    """Ours, from the thousandth file on."""
    jpeg._decoded = count(jpeg._WORTH_COMPILING)
    return fingerprint_file(data)


def without_numba(data: bytes) -> int:
    """Ours where numba is not installed."""
    jpeg._decoded = count()
    return fingerprint_file(data)


def bare_decode(data: bytes) -> Any:
    """The scaled decode alone, at the scale that a fingerprint is made from."""
    return cv2.imdecode(np.frombuffer(data, np.uint8), _DECODING[8])


def seconds(ways: Sequence[Callable[[Any], object]], items: Sequence[Any]) -> list[float]:
    """The median time of each way for all items, in turns."""
    times: list[list[float]] = [[] for _ in ways]
    for way in ways:
        way(items[0])
    for _ in range(TURNS):
        for way, spent in zip(ways, times, strict=True):
            began = time.perf_counter()
            for item in items:
                way(item)
            spent.append(time.perf_counter() - began)
    return [statistics.median(spent) for spent in times]


def measure() -> tuple[Figure, ...]:
    """Speed from files and from memory, and how like imagehash's the hashes are."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        return (*_of_files(jpeg_files()), _of_arrays())
    finally:
        cv2.setNumThreads(threads)


def _of_files(files: list[bytes]) -> tuple[Figure, ...]:
    assert all(scaling(*_size(data)) == 8 for data in files)
    ways = (with_imagehash, bare_decode, with_numba, without_numba)
    theirs, bare, ours, plain = seconds(ways, files)
    rates = [len(files) / spent for spent in (theirs, bare, ours, plain)]
    print(
        f"{len(files)} JPEG files of {np.mean([len(data) for data in files]) / 1024:.0f} KB on "
        "average, files/s: imagehash {:.0f}, bare scaled decode {:.0f}, ours {:.0f}, without numba "
        "{:.0f}".format(*rates)
    )
    apart = np.array([(with_numba(data) ^ with_imagehash(data)).bit_count() for data in files])
    equal = all(with_numba(data) == without_numba(data) for data in files)
    print(
        f"without numba: {theirs / plain:.2f} times imagehash, {bare / plain:.2f} times a bare "
        "scaled decode"
    )
    print(f"bits apart from imagehash's: {np.bincount(apart).tolist()}; with and without: {equal}")
    near = float(np.mean(apart <= 2))
    return (
        _ratio("pHash of JPEG files, one core, with numba, against imagehash", 5, theirs / ours),
        _ratio("the same against a bare scaled decode", 0.9, bare / ours),
        Figure(
            "pHashes of files within 2 bits of imagehash's", "≥ 99 %", f"{near:.1%}", near >= 0.99
        ),
    )


def _of_arrays() -> Figure:
    with Image.open(io.BytesIO(jpeg_files()[0])) as image:
        shown = [np.asarray(image.convert("RGB").resize((side, side))) for side in SIDES]
    ratios = []
    for pixels in shown:
        theirs, ours = seconds((_imagehash_of_array, fingerprint), [pixels] * 20)
        ratios.append(theirs / ours)
        spent = f"{ours / 20 * 1e6:.0f} µs"
        print(f"{len(pixels)} px in memory: {spent}, {ratios[-1]:.1f} times imagehash")
    return _ratio(
        f"pHash of arrays, {SIDES[0]} to {SIDES[-1]} px, against imagehash", 5, min(ratios)
    )


def _imagehash_of_array(pixels: Pixels) -> object:
    return imagehash.phash(Image.fromarray(pixels))


def _size(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as image:
        return image.height, image.width


def _ratio(what: str, asked: float, measured: float) -> Figure:
    return Figure(what, f"≥ {asked:g} times", f"{measured:.2f} times", measured >= asked)


def main() -> None:
    """Measure and print, the figures last."""
    print(report("fingerprints", measure()))


if __name__ == "__main__":
    main()
