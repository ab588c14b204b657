"""Draws text as large bitmaps in the typefaces that come with matplotlib, so that none is fetched.

A bitmap is sampled down onto the page afterwards; it is drawn once for every face and text.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.ft2font import FT2Font
from PIL import Image, ImageDraw, ImageFont

from generators.document.geometry import Array

EM = 48
"""Pixels of a bitmap's em: some three times that of ordinary text on a picture."""
MARGIN = 20
"""Empty pixels around the text of a bitmap, for blurs to run out in."""

FACES = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSansMono",
    "DejaVuSansMono-Bold",
    "DejaVuSansMono-Oblique",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralBol",
    "STIXGeneralItalic",
    "cmr10",
    "cmb10",
    "cmti10",
    "cmss10",
    "cmtt10",
)
# Computer Modern's TrueType files put other signs in many places; here they are as expected.
_SOUND_IN_CM = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:;-/()+%&'#*=!?@[]"
)


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A drawn text. `coverage`: float32 (height, width), 0..1, read-only.

    `baseline`: the row of the baseline; `box`: left, top, right and bottom of the ink, in pixels.
    """

    coverage: Array
    baseline: float
    box: tuple[int, int, int, int]


def can_draw(face: str, text: str) -> bool:
    """Whether `face` has every letter of `text`."""
    if face.startswith("cm"):
        return _SOUND_IN_CM.issuperset(text)
    return _letters(face).issuperset(map(ord, text))


@functools.lru_cache(maxsize=512)
def draw_text(face: str, text: str) -> Bitmap | None:
    """`text` in `face` at an em of `EM` pixels; None where it leaves no ink."""
    font = font_of(face, EM)
    left, top, right, bottom = (int(side) for side in font.getbbox(text, anchor="ls"))
    if right <= left or bottom <= top:
        return None
    size = (right - left + 2 * MARGIN, bottom - top + 2 * MARGIN)
    canvas = Image.new("L", size)
    ImageDraw.Draw(canvas).text(
        (MARGIN - left, MARGIN - top), text, fill=255, font=font, anchor="ls"
    )
    coverage = np.asarray(canvas, dtype=np.float32) / np.float32(255)
    rows, columns = np.nonzero(coverage > 0.5)
    if len(rows) == 0:
        return None
    coverage.setflags(write=False)
    box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    return Bitmap(coverage, float(MARGIN - top), box)


@functools.lru_cache(maxsize=64)
def font_of(face: str, pixels: int) -> ImageFont.FreeTypeFont:
    """`face` at an em of `pixels`, without Raqm, whose shaping differs between machines."""
    return ImageFont.truetype(str(_file(face)), pixels, layout_engine=ImageFont.Layout.BASIC)


@functools.cache
def _letters(face: str) -> frozenset[int]:
    return frozenset(FT2Font(str(_file(face))).get_charmap())


def _file(face: str) -> Path:
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{face}.ttf"
