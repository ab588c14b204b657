"""How a picture is shown to a model: whole, in tiles of its own resolution, around a region."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from schemas.annotation import Region
from schemas.errors import StorageError
from schemas.picture import Mask, Pixels
from schemas.region_words import place
from storage.codecs import decode, encode_jpeg, encode_png

# What is said of the pictures is part of the instructions, and so of their version.
PICTURE_WORDS = (
    "You are shown {count} pictures, all of the one that you judge. Speak of it as of one, and "
    "give every place in the whole of it.",
    "Picture {number}: {what}.",
    "all of it",
    ", scaled down to {percent} % of its width and height",
    "the part of it {place}",
    "all of it, with a magenta outline around the region",
    "the region and what lies around it, {place}",
)
_READY = ("JPEG", "PNG", "WEBP")
_QUALITY = 95
_OVERLAP = 8
_MOST_CROPS = 3
_SMALLEST_CROP = 256
_SMALLEST_MARGIN = 32
_NEARLY_ALL = 0.7
_OUTLINE = (255, 0, 255)


@dataclass(frozen=True, slots=True)
class View:
    """An encoded picture, and what it shows, for use in a sentence."""

    image: bytes
    what: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Tiles in pixels (left, top, right, bottom) of a picture that was scaled by `scale` before."""

    scale: float
    tiles: tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a file says of itself. `ready`: a model can be sent it as it is."""

    size: tuple[int, int]
    ready: bool
    lossless: bool


def views(
    image: bytes, longest_side: int | None = None, tile: int | None = None, most_tiles: int = 9
) -> tuple[View, ...]:
    """A stored picture as a model is shown it, the whole first, then its tiles.

    Without scaling the stored bytes themselves are shown, so that nothing of them is lost. What was
    scaled or cut out is PNG where the picture was stored without loss, else JPEG at quality 95.
    No side is longer than `longest_side`. A picture larger than `tile` is shown whole, scaled down
    to it, and then in tiles of that side that overlap by an eighth, in rows from the upper left;
    where they would be more than `most_tiles`, of a smaller version of the picture.
    Raises `StorageError` for bytes that are no picture.
    """
    stored = _stored(image)
    scale = _fitting(stored.size, longest_side)
    longest = max(1, round(max(stored.size) * scale))
    tiled = tile is not None and longest > tile
    if stored.ready and scale == 1 and not tiled:
        return (View(image, PICTURE_WORDS[2]),)
    pixels = decode(image)
    if tile is None or not tiled:
        whole = _encoded(_scaled(pixels, scale), stored.lossless)
        return (View(whole, PICTURE_WORDS[2] + _how(scale)),)
    overview = min(1.0, tile / max(stored.size))
    whole = _encoded(_scaled(pixels, overview), stored.lossless)
    found = [View(whole, PICTURE_WORDS[2] + _how(overview))]
    width, height = (max(1, round(side * scale)) for side in stored.size)
    grid = grid_of(width, height, tile, most_tiles)
    if len(grid.tiles) > 1:
        fine = _scaled(pixels, scale * grid.scale)
        found += [_part(fine, box, stored.lossless, scale * grid.scale, 4) for box in grid.tiles]
    return tuple(found)


def region_views(image: bytes, region: Mask, longest_side: int | None = None) -> tuple[View, ...]:
    """The picture with `region` outlined, then up to three cut-outs around its largest pieces.

    `region`: bool, of the picture's size. A cut-out has the picture's own resolution, a margin of
    half the piece's size, and 256 pixels a side at least; one that would hold most of the picture
    is left out. Nothing for an empty region.
    """
    if not region.any():
        return ()
    pixels, lossless = decode(image), _stored(image).lossless
    if region.shape != pixels.shape[:2]:
        raise ValueError(
            f"the region has the shape {region.shape}, the picture {pixels.shape[:2]}; a mask must "
            "have its image's size"
        )
    scale = _fitting(pixels.shape[:2], longest_side)
    outlined = _outlined(_scaled(pixels, scale), region)
    found = [View(_encoded(outlined, lossless), PICTURE_WORDS[5] + _how(scale))]
    for box in _pieces(region):
        cut = pixels[box[1] : box[3], box[0] : box[2]]
        if cut.shape[0] * cut.shape[1] < _NEARLY_ALL * region.size:
            found.append(
                _part(pixels, box, lossless, 1.0, 6, _fitting(cut.shape[:2], longest_side))
            )
    return tuple(found)


def spoken(shown: tuple[View, ...]) -> str:
    """What is said of several pictures; empty for one that is shown as it is."""
    if len(shown) == 1 and shown[0].what == PICTURE_WORDS[2]:
        return ""
    lines = [PICTURE_WORDS[0].format(count=len(shown))] if len(shown) > 1 else []
    lines += [
        PICTURE_WORDS[1].format(number=number, what=view.what)
        for number, view in enumerate(shown, start=1)
    ]
    return "\n".join(lines)


def grid_of(width: int, height: int, tile: int, most: int) -> Grid:
    """Tiles of side `tile` over a picture, at most `most`, at the largest scale that permits it."""
    overlap = tile // _OVERLAP
    step = tile - overlap

    def scale(columns: int, rows: int) -> float:
        return min(1.0, (overlap + columns * step) / width, (overlap + rows * step) / height)

    shapes = [(c, r) for c in range(1, most + 1) for r in range(1, most // c + 1)]
    columns, rows = max(shapes, key=lambda shape: (scale(*shape), -shape[0] * shape[1]))
    best = scale(columns, rows)
    size = max(1, round(width * best)), max(1, round(height * best))
    lefts, tops = _starts(size[0], tile, columns), _starts(size[1], tile, rows)
    return Grid(
        best,
        tuple(
            (left, top, min(left + tile, size[0]), min(top + tile, size[1]))
            for top in tops
            for left in lefts
        ),
    )


def _starts(length: int, tile: int, count: int) -> list[int]:
    return [round(start) for start in np.linspace(0, max(0, length - tile), count).tolist()]


def _stored(image: bytes) -> _Stored:
    try:
        with Image.open(io.BytesIO(image)) as opened:
            ready = opened.format in _READY and opened.mode in ("RGB", "L")
            return _Stored(opened.size, ready, opened.format == "PNG")
    except (OSError, SyntaxError, ValueError) as error:
        raise StorageError(f"a picture could not be opened: {error}") from error


def _encoded(pixels: Pixels, lossless: bool) -> bytes:
    pixels = np.ascontiguousarray(pixels)
    return encode_png(pixels) if lossless else encode_jpeg(pixels, _QUALITY, "4:4:4")


def _fitting(size: tuple[int, ...], longest_side: int | None) -> float:
    return 1.0 if longest_side is None else min(1.0, longest_side / max(size))


def _scaled(pixels: Pixels, scale: float) -> Pixels:
    if scale == 1:
        return pixels
    height, width = pixels.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    scaled = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS)
    return np.asarray(scaled, np.uint8)


def _how(scale: float) -> str:
    percent = round(100 * scale)
    return PICTURE_WORDS[3].format(percent=percent) if percent < 100 else ""


def _part(
    pixels: Pixels,
    box: tuple[int, int, int, int],
    lossless: bool,
    scale: float,
    words: int,
    further: float = 1.0,
) -> View:
    height, width = pixels.shape[:2]
    where = Region(box[0] / width, box[1] / height, box[2] / width, box[3] / height)
    cut = _scaled(pixels[box[1] : box[3], box[0] : box[2]], further)
    what = PICTURE_WORDS[words].format(place=place(where)) + _how(scale * further)
    return View(_encoded(cut, lossless), what)


def _outlined(pixels: Pixels, region: Mask) -> Pixels:
    height, width = pixels.shape[:2]
    # A pixel of the region must not vanish where the picture was scaled down.
    small = cv2.resize(region.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    inside = (small > 0).astype(np.uint8)
    thickness = max(2, round(max(height, width) / 400))
    around = cv2.dilate(inside, np.ones((3, 3), np.uint8), iterations=thickness)
    drawn = pixels.copy()
    drawn[(around > 0) & (inside == 0)] = _OUTLINE
    return drawn


def _pieces(region: Mask) -> list[tuple[int, int, int, int]]:
    """Boxes around the largest pieces, margins included, those nearby taken as one."""
    height, width = region.shape
    reach = max(3, math.ceil(max(height, width) / 32))
    joined = cv2.dilate(region.astype(np.uint8), np.ones((reach, reach), np.uint8))
    _, names = cv2.connectedComponents(joined)
    names[~region] = 0
    sizes = np.bincount(names.ravel())[1:]
    found = []
    for name in np.argsort(-sizes, kind="stable")[:_MOST_CROPS] + 1:
        rows, columns = np.nonzero(names == name)
        left, right = _widened(int(columns.min()), int(columns.max()) + 1, width)
        top, bottom = _widened(int(rows.min()), int(rows.max()) + 1, height)
        found.append((left, top, right, bottom))
    return found


def _widened(start: int, stop: int, length: int) -> tuple[int, int]:
    margin = max(_SMALLEST_MARGIN, (stop - start) // 2)
    wanted = min(length, max(_SMALLEST_CROP, stop - start + 2 * margin))
    first = max(0, min(length - wanted, (start + stop - wanted) // 2))
    return first, first + wanted
