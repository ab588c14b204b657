"""Tile hashes: what is stored of a picture to find crops of it, and what it is a crop of."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from curation.crops.scale_space import Keypoints, keypoints, scale_space, windows
from schemas.errors import StorageError
from schemas.picture import Pixels

SIDE = 256
"""The longer side, in pixels, of the grey thumbnail that tiles are computed from."""
MOST = 48
"""A picture has at most so many tiles."""
HALF = 5.0
"""Half the side of a tile, in sigmas of the point that it stands on."""
_SAMPLES = 16  # a side
_FLAT = 2.0  # grey levels of deviation; flatter tiles look like one another wherever they are
_STEPS = 24  # an octave, of a stored size
_HEADER = struct.Struct("<BHHB")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tiles of a picture, strongest first, at most `MOST`.

    `width`, `height`: of the thumbnail; the longer is `SIDE`. `hashes`: uint64 (count,). `x`, `y`:
    uint8 (count,), the centres in pixels of the thumbnail. `size`: uint8 (count,), in steps of 1/24
    octave; `sigmas` are in pixels of the thumbnail.
    """

    width: int
    height: int
    hashes: npt.NDArray[np.uint64]
    x: npt.NDArray[np.uint8]
    y: npt.NDArray[np.uint8]
    size: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def centres(self) -> npt.NDArray[np.float64]:
        """float64 (count, 2): x and y in pixels of the thumbnail, from its top left corner."""
        return np.asarray(np.stack([self.x, self.y], axis=1) + 0.5, np.float64)

    @property
    def sigmas(self) -> npt.NDArray[np.float64]:
        """float64 (count,): scales, of which a tile reaches `HALF` to each side of its centre."""
        sigmas: npt.NDArray[np.float64] = np.exp2(self.size / _STEPS)
        return sigmas

    def pack(self) -> bytes:
        """The tiles as bytes: 6 and 11 for each, 534 for a picture with all of them."""
        header = _HEADER.pack(_VERSION, self.width, self.height, len(self))
        places = np.stack([self.x, self.y, self.size])
        return header + self.hashes.astype("<u8").tobytes() + places.tobytes()

    @staticmethod
    def unpack(data: bytes) -> Tiles:
        """The tiles that `pack` wrote. Raises `StorageError` for other bytes."""
        if len(data) < _HEADER.size:
            raise StorageError(f"{len(data)} bytes are no packed tiles; compute them anew")
        version, width, height, count = _HEADER.unpack_from(data)
        if version != _VERSION or len(data) != _HEADER.size + 11 * count:
            raise StorageError(
                f"{len(data)} bytes of version {version} are no packed tiles of version "
                f"{_VERSION}; compute them anew"
            )
        hashes = np.frombuffer(data, "<u8", count, _HEADER.size).astype(np.uint64)
        rest = np.frombuffer(data, np.uint8, 3 * count, _HEADER.size + 8 * count)
        x, y, size = rest.reshape(3, count)
        return Tiles(width, height, hashes, x, y, size)


def tiles(pixels: Pixels) -> Tiles:
    """The tiles of a picture, (height, width, 3) uint8; the same pixels give the same tiles.

    A tile is a square window on a point that the content itself marks (`keypoints`), as large as
    the point's own scale says, and so is found again in a crop of any size. Its hash is that of
    Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, with the 64
    lowest frequencies of the window, brightness left out. Windows that reach over the border and
    flat ones are left out: a plain picture may have no tiles at all.
    """
    grey = _thumbnail(pixels)
    height, width = grey.shape
    space = scale_space(grey)
    points = _inside(keypoints(space), width, height)
    hashes = np.zeros(len(points.x), np.uint64)
    flat = np.ones(len(points.x), np.bool_)
    for which, seen in windows(space, points, HALF, _SAMPLES):
        flat[which] = seen.std(axis=(1, 2)) < _FLAT
        hashes[which] = _hash(seen)
    kept = np.flatnonzero(~flat)[:MOST]
    return Tiles(
        width=width,
        height=height,
        hashes=hashes[kept],
        x=np.rint(points.x[kept]).astype(np.uint8),
        y=np.rint(points.y[kept]).astype(np.uint8),
        size=np.rint(np.log2(points.sigma[kept]) * _STEPS).astype(np.uint8),
    )


def _thumbnail(pixels: Pixels) -> npt.NDArray[np.float32]:
    """float32 (height, width) grey levels, the longer side `SIDE`, the other at least 1."""
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, size, interpolation=method), np.float32)


def _inside(points: Keypoints, width: int, height: int) -> Keypoints:
    """The points whose windows lie within the picture, the strongest of them."""
    x, y, reach = points.x + 0.5, points.y + 0.5, points.sigma * HALF
    whole = (x >= reach) & (y >= reach) & (x + reach <= width) & (y + reach <= height)
    # Twice as many as may stay, since some of them turn out to be flat.
    kept = np.flatnonzero(whole)[: 2 * MOST]
    return Keypoints(points.x[kept], points.y[kept], points.sigma[kept], points.contrast[kept])


def _lowest() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Row and column of the 64 lowest frequencies but the mean, by their sum."""
    pairs = sorted((row + column, row) for row in range(12) for column in range(12))[1:65]
    sums, rows = np.array(pairs, np.intp).T
    return rows, sums - rows


def _cosines() -> npt.NDArray[np.int64]:
    """The cosine transform's rows as whole numbers: sums of them are exact in any order."""
    frequency, place = np.mgrid[:12, :_SAMPLES]
    exact = np.cos(np.pi * frequency * (2 * place + 1) / (2 * _SAMPLES))
    return np.asarray(np.rint(exact * 1024), np.int64)


_ROWS, _COLUMNS = _lowest()
_COSINES = _cosines()


def _hash(seen: npt.NDArray[np.float32]) -> npt.NDArray[np.uint64]:
    """The hashes of windows, (count, side, side): uint64 (count,), the lowest frequency first."""
    whole = np.rint(seen * 64).astype(np.int64)
    frequencies = _COSINES @ whole @ _COSINES.T
    lowest = frequencies[:, _ROWS, _COLUMNS]
    bits = lowest > np.median(lowest, axis=1, keepdims=True)
    return np.packbits(bits).view(">u8").astype(np.uint64)
