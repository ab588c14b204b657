"""From a typeset sheet to a picture of it: laid on a desk and photographed, or scanned.

Every document goes through this chain once, so that a forger's sources look and measure like
pictures that a camera took: paper, optics, light, sensor and JPEG, in that order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from schemas.picture import Mask, Pixels
from sources.rendered.fonts import Colour
from sources.rendered.geometry import Placement, place
from sources.rendered.page import Points
from sources.rendered.surfaces import Field, desk, smooth
from storage.codecs import Subsampling, decode, encode_jpeg

Style = Literal["scan", "photo"]

_SUBSAMPLINGS: tuple[Subsampling, ...] = ("4:2:0", "4:2:2", "4:4:4")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the camera must know of a sheet beyond its pixels.

    `condensed`: width of a page pixel over its height; `reach`: the lowest ink, in page pixels;
    `thermal`: whether its print fades in bands; `outline`: where the sheet is, all of it if None;
    `rigid`: plastic, which neither bends nor folds.
    """

    paper: Colour = (255, 255, 255)
    condensed: float = 1.0
    reach: float | None = None
    thermal: bool = False
    outline: Mask | None = None
    rigid: bool = False


@dataclass(frozen=True, slots=True)
class CaptureParameters:
    """How a picture was taken. `quality` and `subsampling` are those of its one JPEG encoding."""

    style: Style
    placement: Placement
    quality: int
    subsampling: Subsampling
    grey: bool


def capture(
    page: Pixels,
    quads: Sequence[Points],
    seed: int,
    out_size: tuple[int, int],
    sheet: Sheet | None = None,
) -> tuple[Pixels, list[Points], CaptureParameters]:
    """Take a picture of `page`, (width, height) = `out_size`, and carry its quads along.

    `page` is uint8 RGB at two pixels for one of the picture; `quads` are (4, 2) corners in its
    pixels. Returns read-only pixels, the quads in the picture's pixels (they may lie outside it)
    and what was drawn.
    """
    sheet = sheet or Sheet()
    rng = np.random.default_rng(seed)
    style: Style = "photo" if rng.random() < 0.6 else "scan"
    width, height = out_size
    rows, columns = page.shape[:2]
    reach = rows if sheet.reach is None else sheet.reach
    placement = place((columns, rows), out_size, style, sheet.condensed, reach, rng)
    if sheet.rigid:
        placement = replace(placement, amplitude=0.0, folds=())
    light, cover = _expose(page, sheet, placement, out_size, rng)
    grey = style == "scan" and rng.random() < 0.25
    if style == "photo":
        scene = _on_desk(light, cover, rng) * _illumination(height, width, rng)
        scene = _sensor(scene, rng, gain=float(rng.uniform(0.5, 1.6)))
    else:
        scene = _on_lid(light, cover, rng)
        scene = _sensor(scene, rng, gain=float(rng.uniform(0.15, 0.5)))
    pixels = _develop(scene, style, rng)
    if grey:
        pixels = np.repeat(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)
    quality = int(rng.integers(78, 97))
    subsampling = _SUBSAMPLINGS[int(rng.choice(3, p=(0.6, 0.15, 0.25)))]
    pixels = decode(encode_jpeg(np.ascontiguousarray(pixels), quality, subsampling))
    moved = [placement.forward(quad) for quad in quads]
    return pixels, moved, CaptureParameters(style, placement, quality, subsampling, grey)


def _expose(
    page: Pixels,
    sheet: Sheet,
    placement: Placement,
    size: tuple[int, int],
    rng: np.random.Generator,
) -> tuple[Field, Field]:
    """The sheet as the lens sees it, in linear light, and its cover (0..1), unpremultiplied."""
    width, height = size
    rows, columns = page.shape[:2]
    sigma = float(rng.uniform(0.75, 1.15))
    blurred = cv2.GaussianBlur(page, (0, 0), sigma)
    across, down = placement.maps(size)
    # Constant borders would darken the rim; the cover below says where the sheet ends.
    seen = cv2.remap(blurred, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    whole = np.ones((rows, columns), np.bool_) if sheet.outline is None else sheet.outline
    outline = np.where(whole, np.uint8(255), np.uint8(0))
    covered = cv2.remap(outline, across, down, cv2.INTER_LINEAR, borderValue=0)
    cover = cv2.GaussianBlur(covered, (0, 0), 0.6).astype(np.float32) / np.float32(255.0)
    light = _LINEAR[seen]
    paper = _LINEAR[np.asarray(sheet.paper, dtype=np.uint8)]
    strength = 1.0 - 0.06 * (1.0 + smooth(height, width, 4, 4, rng))
    if sheet.thermal:
        bands = smooth(height, width, 26, 1, rng) + smooth(height, width, 1, 9, rng)
        strength = strength - float(rng.uniform(0.0, 0.1)) * (1.5 + bands)
    light = paper + (light - paper) * strength[:, :, None]
    white = rng.standard_normal((height, width), dtype=np.float32)
    fibres = cv2.GaussianBlur(white, (0, 0), float(rng.uniform(0.6, 1.0)))
    grain = 1.0 + float(rng.uniform(0.006, 0.02)) * fibres
    grain = grain + 0.02 * smooth(height, width, 9, 9, rng)
    light = light * (grain * placement.relief(across, down, rng))[:, :, None]
    return np.asarray(light, dtype=np.float32), cover


def _on_desk(light: Field, cover: Field, rng: np.random.Generator) -> Field:
    """Lay the sheet on a desk and let it cast a soft shadow."""
    height, width = cover.shape
    ground = desk(height, width, rng)
    drop = cv2.GaussianBlur(cover, (0, 0), float(rng.uniform(2.0, 7.0)))
    shift = np.array([[1, 0, rng.uniform(-6, 6)], [0, 1, rng.uniform(0, 7)]], np.float32)
    drop = cv2.warpAffine(drop, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
    ground = ground * (1.0 - float(rng.uniform(0.35, 0.75)) * drop)[:, :, None]
    return np.asarray(ground + (light - ground) * cover[:, :, None], dtype=np.float32)


def _on_lid(light: Field, cover: Field, rng: np.random.Generator) -> Field:
    """Press the sheet under a scanner's lid: even light, a thin shadow along its edges."""
    height, width = cover.shape
    lid = float(rng.choice((0.82, 0.7, 0.9, 0.03)))
    rim = cv2.GaussianBlur(cover, (0, 0), 2.5)
    ground = (lid * (1.0 - 0.3 * rim))[:, :, None] * np.ones(3, dtype=np.float32)
    scene = ground + (light - ground) * cover[:, :, None]
    lamp = 1.0 + 0.02 * smooth(height, width, 2, 6, rng)
    if rng.random() < 0.2:
        distance = np.arange(width, dtype=np.float32)
        gutter = 1.0 - float(rng.uniform(0.2, 0.5)) * np.exp(-distance / float(rng.uniform(8, 20)))
        lamp = lamp * (gutter if rng.random() < 0.5 else gutter[::-1])[None, :]
    return np.asarray(scene * lamp[:, :, None], dtype=np.float32)


def _illumination(height: int, width: int, rng: np.random.Generator) -> Field:
    """Uneven light of a room, (height, width, 3): slope, vignette, at times a soft shadow, tint."""
    across = np.linspace(-1.0, 1.0, width, dtype=np.float32)[None, :]
    down = np.linspace(-1.0, 1.0, height, dtype=np.float32)[:, None]
    angle = float(rng.uniform(0.0, 2.0 * np.pi))
    slope = np.cos(angle) * across + np.sin(angle) * down
    level = 1.0 + float(rng.uniform(0.04, 0.26)) * slope
    level = level * (1.0 - float(rng.uniform(0.0, 0.14)) * (across**2 + down**2))
    if rng.random() < 0.4:
        turn = float(rng.uniform(0.0, 2.0 * np.pi))
        offset = float(rng.uniform(-0.2, 0.9))
        edge = np.cos(turn) * across + np.sin(turn) * down - offset
        edge = edge + 0.12 * smooth(height, width, 4, 4, rng)
        softness = float(rng.uniform(0.03, 0.2))
        level = level * (1.0 - float(rng.uniform(0.12, 0.4)) / (1.0 + np.exp(-edge / softness)))
    warmth = float(rng.normal(0.02, 0.05))
    tint = np.array([1.0 + warmth, 1.0 + rng.uniform(-0.03, 0.03), 1.0 - warmth], np.float32)
    return np.asarray(level[:, :, None] * tint, dtype=np.float32)


def _sensor(scene: Field, rng: np.random.Generator, gain: float) -> Field:
    """Shot noise that grows with the light and read noise that does not, a little correlated.

    The variance is affine in the light: Foi, Trimeche, Katkovnik and Egiazarian 2008, "Practical
    Poissonian-Gaussian noise modeling and fitting for single-image raw-data". The correlation
    stands for demosaicking.
    """
    noise = rng.standard_normal(scene.shape, dtype=np.float32)
    noise = 0.75 * noise + 0.55 * cv2.GaussianBlur(noise, (3, 3), 0.8)
    noise[:, :, (0, 2)] += 0.3 * noise[:, :, 1:2]
    deviation = gain * np.sqrt(1.1e-4 * np.clip(scene, 0.0, 2.0) + 6e-6)
    return np.asarray(scene + noise * deviation, dtype=np.float32)


def _develop(scene: Field, style: Style, rng: np.random.Generator) -> Pixels:
    """Exposure and the sRGB curve; uint8."""
    bright = float(np.percentile(scene[::8, ::8, 1], 92))
    aim = rng.uniform(0.58, 0.94) if style == "photo" else rng.uniform(0.8, 0.98)
    exposed = scene * np.float32(aim / max(bright, 0.05))
    black = np.float32(rng.uniform(0.0, 0.012))
    steps = np.clip((exposed + black) * 4095.0, 0.0, 4095.0).astype(np.uint16)
    return np.asarray(_ENCODED[steps], dtype=np.uint8)


def _srgb_to_linear() -> npt.NDArray[np.float32]:
    value = np.arange(256, dtype=np.float64) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


def _linear_to_srgb() -> Pixels:
    value = np.arange(4096, dtype=np.float64) / 4095.0
    encoded = np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.rint(encoded * 255.0).astype(np.uint8)


_LINEAR = _srgb_to_linear()
_ENCODED = _linear_to_srgb()
