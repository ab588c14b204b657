"""The typefaces of rendered documents: those inside matplotlib's wheel, so that none is fetched."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Self

import matplotlib
from PIL import ImageFont

Family = Literal["sans", "serif", "mono", "times", "roman", "grotesque", "typewriter"]
Weight = Literal["regular", "bold", "italic"]
Colour = tuple[int, int, int]
"""sRGB, each 0..255."""

# Files for regular, bold and italic, and x-height over font size. Computer Modern has one weight
# a file, so its neighbours stand in where it has none.
_FACES: dict[Family, tuple[str, str, str, float]] = {
    "sans": ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", 0.547),
    "serif": ("DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic", 0.519),
    "mono": ("DejaVuSansMono", "DejaVuSansMono-Bold", "DejaVuSansMono-Oblique", 0.547),
    "times": ("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", 0.450),
    "roman": ("cmr10", "cmb10", "cmti10", 0.431),
    "grotesque": ("cmss10", "cmss10", "cmss10", 0.444),
    "typewriter": ("cmtt10", "cmtt10", "cmtt10", 0.431),
}
_WEIGHTS: dict[Weight, int] = {"regular": 0, "bold": 1, "italic": 2}

ACCENTED: dict[Family, Family] = {"roman": "serif", "grotesque": "sans", "typewriter": "mono"}
"""What stands in for the families that have no accented letters."""
# Computer Modern puts other signs where these should be.
_MISPLACED = frozenset('"$<>\\^_{|}~')


@functools.cache
def load(family: Family, weight: Weight, pixels: int) -> ImageFont.FreeTypeFont:
    """The font of `family` at an em of `pixels`; loaded once a process."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    file = _FACES[family][_WEIGHTS[weight]]
    # The basic layout engine is always there; Raqm's shaping differs from machine to machine.
    return ImageFont.truetype(
        str(folder / f"{file}.ttf"), pixels, layout_engine=ImageFont.Layout.BASIC
    )


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How a run of text looks. `x_height`: height of a small x, in layout units."""

    family: Family
    x_height: float
    colour: Colour = (20, 20, 22)
    weight: Weight = "regular"

    def font_for(self, text: str, scale: float) -> ImageFont.FreeTypeFont:
        """The font for `text` at `scale` pixels a unit; DejaVu where the family lacks a letter."""
        family = self.family
        if not (text.isascii() and _MISPLACED.isdisjoint(text)):
            family = ACCENTED.get(family, family)
        return load(family, self.weight, max(6, round(self.x_height * scale / _FACES[family][3])))

    def bold(self) -> Self:
        """The same in bold."""
        return replace(self, weight="bold")

    def italic(self) -> Self:
        """The same in italics."""
        return replace(self, weight="italic")

    def times(self, factor: float) -> Self:
        """The same, larger by `factor`."""
        return replace(self, x_height=self.x_height * factor)

    def coloured(self, colour: Colour) -> Self:
        """The same in another colour."""
        return replace(self, colour=colour)
