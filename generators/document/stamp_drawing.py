"""Draws rubber stamps: round ones with text along their rim, and rectangular ones, worn by use."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw

from generators.document.faces import can_draw, font_of
from generators.document.geometry import Array

_FACES = ("DejaVuSans-Bold", "DejaVuSerif-Bold", "STIXGeneralBol", "DejaVuSansMono-Bold")
_CENTRES = ("PAID", "APPROVED", "RECEIVED", "COPY", "CERTIFIED", "CLEARED", "VERIFIED")
_RIMS = (
    "ACCOUNTS DEPARTMENT",
    "OFFICE OF RECORDS",
    "CENTRAL REGISTRY",
    "FINANCE DIVISION",
    "BRANCH OFFICE",
    "CONTROL AND AUDIT",
)
_FINE = 4


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a stamp says: `centre`, `date` ("" for none) and, round ones only, `rim`."""

    round: bool
    centre: str
    rim: str
    date: str
    face: str


def invent_stamp(rng: np.random.Generator) -> Stamp:
    """A stamp of some office that does not exist."""
    day, month, year = rng.integers(1, 29), rng.integers(1, 13), rng.integers(2010, 2025)
    is_round = bool(rng.random() < 0.55)
    rim = _RIMS[int(rng.integers(len(_RIMS)))]
    return Stamp(
        round=is_round,
        centre=_CENTRES[int(rng.integers(len(_CENTRES)))],
        rim=rim if is_round else "",
        date=f"{day:02d}.{month:02d}.{year}" if rng.random() < 0.7 else "",
        face=_FACES[int(rng.integers(len(_FACES)))],
    )


def draw_stamp(stamp: Stamp, width: int) -> Array:
    """Coverage (float32, 0..1) of a clean print, `width` pixels across, drawn four times finer.

    Returned at the finer size, for the caller to turn and shrink it in one step.
    """
    canvas = (_round if stamp.round else _rectangular)(stamp, width * _FINE)
    return np.asarray(canvas, dtype=np.float32) / np.float32(255)


def wear(shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """How much ink each place of a print took (float32, 0..1): pressure, blots and dry grain."""
    height, width = shape
    pressure = _clouds(shape, max(height, width) / 3, rng)
    blots = _clouds(shape, max(2.5, width / 22), rng)
    grain = _clouds(shape, 0.9, rng)
    took = 0.86 + 0.13 * pressure + 0.10 * blots
    dry = grain + 0.7 * blots + 0.8 * pressure < -1.5 - 0.3 * rng.random()
    took[dry] *= 0.35
    soft = cv2.GaussianBlur(took, (0, 0), 0.5)
    return np.asarray(np.clip(soft, 0, 1), dtype=np.float32)


def _clouds(shape: tuple[int, int], sigma: float, rng: np.random.Generator) -> Array:
    noise = rng.standard_normal(shape).astype(np.float32)
    cloud = np.asarray(cv2.GaussianBlur(noise, (0, 0), sigma, borderType=cv2.BORDER_REFLECT))
    return np.asarray((cloud - cloud.mean()) / max(float(cloud.std()), 1e-6), dtype=np.float32)


def _round(stamp: Stamp, size: int) -> Image.Image:
    canvas = Image.new("L", (size, size))
    draw = ImageDraw.Draw(canvas)
    line = max(2, round(size * 0.016))
    middle = size / 2
    outer, inner = 0.485 * size, 0.33 * size
    for radius, weight in ((outer, 2 * line), (inner, line)):
        draw.ellipse(
            (middle - radius, middle - radius, middle + radius, middle + radius),
            outline=255,
            width=weight,
        )
    between = (outer - 2 * line + inner) / 2
    height = round((outer - 2 * line - inner) * 0.68)
    star = "★" if can_draw(stamp.face, "★") else "*"
    _along_rim(canvas, f"{stamp.rim}  {star} ", stamp.face, height, between)
    rows = [stamp.centre, stamp.date] if stamp.date else [stamp.centre]
    for row, text in enumerate(rows):
        shift = (row - (len(rows) - 1) / 2) * 0.17 * size
        room = 1.72 * np.sqrt(max(inner**2 - (abs(shift) + 0.06 * size) ** 2, 1.0))
        _centred(draw, text, stamp.face, middle, middle + shift, room, 0.15 * size)
    return canvas


def _rectangular(stamp: Stamp, width: int) -> Image.Image:
    height = round(width * (0.5 if stamp.date else 0.34))
    canvas = Image.new("L", (width, height))
    draw = ImageDraw.Draw(canvas)
    line = max(3, round(width * 0.018))
    draw.rounded_rectangle((1, 1, width - 2, height - 2), radius=3 * line, outline=255, width=line)
    middle = width / 2
    if stamp.date:
        _centred(draw, stamp.centre, stamp.face, middle, 0.37 * height, 0.84 * width, 0.46 * height)
        _centred(draw, stamp.date, stamp.face, middle, 0.76 * height, 0.7 * width, 0.24 * height)
    else:
        _centred(draw, stamp.centre, stamp.face, middle, 0.5 * height, 0.84 * width, 0.62 * height)
    return canvas


def _centred(
    draw: ImageDraw.ImageDraw, text: str, face: str, x: float, y: float, room: float, tall: float
) -> None:
    """`text` about (x, y), as large as fits into `room` by `tall` pixels (capitals' height)."""
    probe = font_of(face, 100).getbbox(text, anchor="ls")
    em = int(min(100 * room / max(probe[2] - probe[0], 1), 100 * tall / max(-probe[1], 1)))
    draw.text((x, y), text, fill=255, font=font_of(face, max(em, 6)), anchor="mm")


def _along_rim(canvas: Image.Image, text: str, face: str, height: int, radius: float) -> None:
    """Letters around the centre of `canvas`, upright at its top, evenly spread over the circle."""
    font = font_of(face, max(round(height / 0.73), 6))
    middle = canvas.width / 2
    lengths = [font.getlength(sign) for sign in text]
    total = sum(lengths)
    gone = 0.0
    for sign, length in zip(text, lengths, strict=True):
        turn = 360.0 * (gone + length / 2) / total - 180.0
        gone += length
        if sign == " ":
            continue
        side = int(2 * max(length, height)) + 4
        tile = Image.new("L", (side, side))
        ImageDraw.Draw(tile).text((side / 2, side / 2), sign, fill=255, font=font, anchor="mm")
        # Pillow turns against the clock; letters lean outwards all around.
        tile = tile.rotate(-turn, resample=Image.Resampling.BICUBIC)
        angle = np.deg2rad(turn)
        x, y = middle + radius * np.sin(angle), middle - radius * np.cos(angle)
        canvas.paste(255, (round(x - side / 2), round(y - side / 2)), tile)
