"""What the local server draws: pictures and edits that follow from what was asked alone."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from endpoints.local_behaviour import Behaviour
from schemas.identity import derive_seed, unit_interval

_GRAIN = 2.0
_SOFTWARE = "Counterfoil local server"
_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def draw(identity: str, size: tuple[int, int], behaviour: Behaviour) -> Image.Image:
    """A picture of `size` (width, height): a sky, a ground and some things that throw shadows."""
    width, height = _bounded(size, behaviour.longest)
    rng = np.random.default_rng(derive_seed("picture", behaviour.seed, identity))
    image = Image.fromarray(_backdrop(rng, width, height))
    canvas = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(3, 7))):
        x, y = int(rng.integers(0, width)), int(rng.integers(height // 3, height))
        radius = int(max(4, min(width, height) * rng.uniform(0.05, 0.18)))
        colour = tuple(int(value) for value in rng.integers(40, 230, 3))
        shade = tuple(value // 2 for value in colour)
        canvas.ellipse((x - radius, y + radius // 2, x + radius * 2, y + radius), fill=shade)
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return _grained(image, rng)


def redraw(
    identity: str,
    source: Image.Image,
    mask: npt.NDArray[np.bool_] | None,
    size: tuple[int, int],
    behaviour: Behaviour,
) -> Image.Image:
    """The source, of `size`, grained anew all over and with something new where the mask says.

    `mask`: (height, width) of the source, True where the edit is asked for; None lets the edit
    find its own place. `behaviour` may have it ignored, and the whole picture moved.
    """
    rng = np.random.default_rng(derive_seed("edit", behaviour.seed, identity))
    width, height = source.size
    ignored = unit_interval("ignored", behaviour.seed, identity) < behaviour.ignore_masks
    if mask is None or ignored or not mask.any():
        side = max(2, width // 3), max(2, height // 3)
        left, top = rng.integers(0, width - side[0] + 1), rng.integers(0, height - side[1] + 1)
        rows, columns = np.mgrid[0:height, 0:width]
        mask = ((columns - left) / side[0] * 2 - 1) ** 2 + ((rows - top) / side[1] * 2 - 1) ** 2 < 1
    drawn = np.asarray(draw(identity, (width, height), Behaviour(seed=behaviour.seed)))
    edited = np.where(mask[..., None], drawn, np.asarray(source.convert("RGB")))
    if behaviour.shift:
        down, right = (int(by) for by in rng.integers(0, 2 * behaviour.shift + 1, 2))
        edges = (behaviour.shift, behaviour.shift)
        framed = np.pad(edited, (edges, edges, (0, 0)), mode="edge")
        edited = framed[down : down + height, right : right + width]
    image = Image.fromarray(edited.astype(np.uint8))
    return _grained(image.resize(_bounded(size, behaviour.longest), Image.Resampling.BICUBIC), rng)


def encode(image: Image.Image, form: str, marks: bool) -> bytes:
    """The picture as "png", "jpeg" or "webp"; PNGs with `marks` carry provenance metadata."""
    buffer = io.BytesIO()
    if form != "png":
        image.save(buffer, format=form, quality=90)
        return buffer.getvalue()
    information = PngInfo()
    if marks:
        information.add_text("Software", _SOFTWARE)
        information.add(b"caBX", _claim())
    image.save(buffer, format="PNG", compress_level=1, pnginfo=information)
    return buffer.getvalue()


def asked_size(fields: Mapping[str, str], source: Image.Image | None) -> tuple[int, int]:
    """(width, height) of the field `size`; for "auto" the nearest of the usual three."""
    width, _, height = fields.get("size", "auto").partition("x")
    if width.isdigit() and height.isdigit():
        return int(width), int(height)
    if source is None or source.width == source.height:
        return 1024, 1024
    return (1536, 1024) if source.width > source.height else (1024, 1536)


def _bounded(size: tuple[int, int], longest: int) -> tuple[int, int]:
    scale = min(1.0, longest / max(size)) if longest else 1.0
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _backdrop(rng: np.random.Generator, width: int, height: int) -> npt.NDArray[np.uint8]:
    top, horizon, ground = rng.integers(60, 240, (3, 3)).astype(np.float64)
    rows = np.linspace(0.0, 1.0, height)[:, None]
    line = rng.uniform(0.35, 0.65)
    sky = top + (horizon - top) * np.clip(rows / line, 0, 1)
    land = ground * (0.6 + 0.4 * np.clip((rows - line) / (1 - line), 0, 1))
    column = np.where(rows < line, sky, land)
    return np.repeat(column[:, None, :], width, axis=1).astype(np.uint8)


def _grained(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """With noise of its own, as a generated picture has: no pixel is its source's by right."""
    pixels = np.asarray(image).astype(np.int16)
    # One plane of noise, tiled: the server must not be what a measurement of its client measures.
    tile = rng.normal(0.0, _GRAIN, (64, 64, 3)).round().astype(np.int16)
    height, width = pixels.shape[:2]
    grain = np.tile(tile, (height // 64 + 1, width // 64 + 1, 1))[:height, :width]
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


def _claim() -> bytes:
    """A manifest store as C2PA lays it out, without a signature: boxes that hold one CBOR map."""
    fields = {"claim_generator": _SOFTWARE, "digitalSourceType": _SOURCE_TYPE}
    texts = b"".join(_cbor_text(text) for pair in fields.items() for text in pair)
    description = _box(b"jumd", b"c2pa" + bytes.fromhex("00110010800000aa00389b71") + b"\x03c2pa\0")
    return _box(b"jumb", description + _box(b"cbor", bytes([0xA0 + len(fields)]) + texts))


def _box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def _cbor_text(text: str) -> bytes:
    data = text.encode()
    head = bytes([0x60 + len(data)]) if len(data) < 24 else bytes([0x78, len(data)])
    return head + data
