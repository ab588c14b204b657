"""Fingerprints of encoded files, at little more than the cost of reading the codes in them."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, JpegImagePlugin

from curation.fingerprints.jpeg import decode_grey, scaling
from curation.fingerprints.orientations import orientation_fingerprints
from curation.fingerprints.phash import fingerprints
from curation.fingerprints.thumbnails import Grey, shrink, thumbnail
from schemas.picture import Codec, Pixels
from storage.codecs import describe
from storage.reading import MAX_PIXELS, read_picture

_JPEG = str(JpegImagePlugin.JpegImageFile.format)
_ORIENTATION_TAG = 0x0112
_UPRIGHT: dict[int, Callable[[Grey], Grey]] = {
    2: np.fliplr,
    3: lambda grey: np.rot90(grey, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda grey: np.rot90(grey, -1),
    7: lambda grey: np.rot90(grey, 2).T,
    8: np.rot90,
}


@dataclass(frozen=True, slots=True)
class FilePrint:
    """What one look at an encoded picture tells: its pHash, its size upright, how it is encoded.

    `orientations`: the pHashes in the order of `orientations.ORIENTATIONS`, `fingerprint` first;
    empty where nobody asked.
    """

    fingerprint: int
    width: int
    height: int
    codec: Codec
    orientations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was read: its upright thumbnail, and the rest of a `FilePrint`."""

    thumbnail: Grey
    width: int
    height: int
    codec: Codec | None


def fingerprint_file(data: bytes) -> int:
    """The pHash of an encoded picture, within two bits of `fingerprint(read_picture(data)[0])`.

    A JPEG file is decoded at a half, a quarter or an eighth of its size, in grey: turned upright,
    and by way of its colours where an ICC profile or CMYK moves them. All other formats are decoded
    whole. Raises `UnreadablePicture` as `read_picture` does, but for damaged JPEG files of which
    OpenCV still makes a picture.
    """
    return int(fingerprints(_look(data, described=False).thumbnail[None])[0])


def print_file(data: bytes, *, orientations: bool = False) -> FilePrint:
    """`fingerprint_file`, with what the header says and, if asked, the pHashes turned and mirrored.

    Raises `UnreadablePicture`.
    """
    seen = _look(data, described=True)
    assert seen.codec is not None
    small = seen.thumbnail[None]
    if not orientations:
        return FilePrint(int(fingerprints(small)[0]), seen.width, seen.height, seen.codec)
    values = tuple(orientation_fingerprints(small)[0].tolist())
    return FilePrint(values[0], seen.width, seen.height, seen.codec, values)


def _look(data: bytes, described: bool) -> _Seen:
    seen = _look_at_jpeg(data, described) if data[:2] == b"\xff\xd8" else None
    if seen is not None:
        return seen
    pixels, codec = read_picture(data)
    return _Seen(thumbnail(pixels), pixels.shape[1], pixels.shape[0], codec)


def _look_at_jpeg(data: bytes, described: bool) -> _Seen | None:
    """What the quick way tells; None where it tells nothing, and `read_picture` has to."""
    try:
        with Image.open(io.BytesIO(data), formats=(_JPEG,)) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                return None
            codec = describe(image) if described else None
            turn = _turn(image)
            profile = image.info.get("icc_profile")
            plain = image.mode in ("L", "RGB") and (
                not profile or _leaves_colours(profile, image.mode)
            )
            grey = decode_grey(data, height, width) if plain else _decode_colours(image, profile)
    # What a hostile file raises can be nearly anything; `read_picture` makes a reason of it.
    except Exception:
        return None
    if grey is None:
        return None
    small = shrink(grey, height, width, scaling(height, width))
    if turn is None:
        return _Seen(small, width, height, codec)
    if turn(np.empty((1, 2), np.uint8)).shape == (2, 1):
        width, height = height, width
    return _Seen(np.ascontiguousarray(turn(small)), width, height, codec)


def _turn(image: Image.Image) -> Callable[[Grey], Grey] | None:
    try:
        orientation = image.getexif().get(_ORIENTATION_TAG)
    except Exception:  # A picture is not rejected for the rest of a broken EXIF block.
        return None
    return _UPRIGHT.get(orientation) if isinstance(orientation, int) else None


@lru_cache(maxsize=64)
def _leaves_colours(profile: bytes, mode: str) -> bool:
    """Whether `read_picture` takes a picture of `mode`, L or RGB, with this profile as it is."""
    steps = np.linspace(0, 255, 17).round().astype(np.uint8)
    lattice: Pixels = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(
        17, -1, 3
    )
    if mode == "L":
        lattice = np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, axis=2)
    shown = lattice if mode == "RGB" else lattice[..., 0]
    buffer = io.BytesIO()
    Image.fromarray(shown).save(buffer, "PNG", icc_profile=profile)
    return np.array_equal(read_picture(buffer.getvalue())[0], lattice)


def _decode_colours(image: Image.Image, profile: bytes | None) -> Grey:
    """As `decode_grey`, by way of sRGB: `read_picture` gets the scaled picture as a TIFF."""
    scale = scaling(image.height, image.width)
    image.draft(image.mode, (image.width // scale, image.height // scale))
    small = Image.frombytes(image.mode, image.size, image.tobytes())
    buffer = io.BytesIO()
    small.save(buffer, "TIFF", icc_profile=profile)
    pixels, _ = read_picture(buffer.getvalue())
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
