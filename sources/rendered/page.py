"""A page being typeset: ink goes on, and every word's place, text and field are remembered."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from schemas.picture import Mask, Pixels
from sources.rendered.fonts import Colour, TextStyle

Align = Literal["left", "right", "centre"]
Run = tuple[str, str | None]
"""Text and the field that it belongs to."""
Points = npt.NDArray[np.float64]
"""Points (x, y) on the last axis, in pixels; a pixel's centre lies at half numbers."""

SCALE = 2
"""Pixels a layout unit. A unit is about a pixel of the final picture."""


_DANGLING = frozenset({"and", "und", "et", "y", "&", "-", "de", "du", "of"})
"""Words that no cut line ends with."""


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word on the page; `quad` (4, 2) holds its corners in page pixels, in reading order."""

    quad: Points
    text: str
    field: str | None


class Page:
    """A sheet of `width` x `height` layout units, typeset from the upper left corner."""

    def __init__(self, width: float, height: float, paper: Colour) -> None:
        self.width = width
        self.paper = paper
        self.image = Image.new("RGB", (round(width * SCALE), round(height * SCALE)), paper)
        self.draw = ImageDraw.Draw(self.image)
        self.words: list[PlacedWord] = []
        self.outline: Mask | None = None

    @property
    def height(self) -> float:
        """The sheet's height in layout units."""
        return self.image.height / SCALE

    @property
    def pixels(self) -> Pixels:
        """The sheet, uint8 RGB, `SCALE` pixels a unit."""
        return np.asarray(self.image)

    def measure(self, text: str, style: TextStyle) -> float:
        """The advance of `text`, in units."""
        return style.font_for(text, SCALE).getlength(text) / SCALE

    def text(
        self,
        x: float,
        y: float,
        text: str,
        style: TextStyle,
        *,
        field: str | None = None,
        align: Align = "left",
    ) -> float:
        """Set a line with its baseline at `y`; returns its width in units."""
        words = text.split()
        widths = [self.measure(word, style) for word in words]
        space = style.x_height * (1.1 if style.family in ("mono", "typewriter") else 0.62)
        total = sum(widths) + space * max(0, len(words) - 1)
        x -= {"left": 0.0, "right": total, "centre": total / 2}[align]
        for word, width in zip(words, widths, strict=True):
            self._word(x, y, word, style, field)
            x += width + space
        return total

    def paragraph(
        self,
        x: float,
        y: float,
        runs: Iterable[Run],
        style: TextStyle,
        width: float,
        leading: float,
    ) -> float:
        """Set `runs` ragged right in lines of `width`; returns the baseline after the last line."""
        space = style.x_height * 0.62
        cursor = x
        for text, field in runs:
            for word in text.split():
                advance = self.measure(word, style)
                if cursor > x and cursor + advance > x + width:
                    cursor = x
                    y += leading
                self._word(cursor, y, word, style, field)
                cursor += advance + space
        return y + leading

    def comb(
        self, x: float, y: float, text: str, style: TextStyle, pitch: float, field: str | None
    ) -> None:
        """Set the letters of a single word each in the middle of a cell `pitch` wide."""
        boxes = [
            self._ink(x + (index + 0.5) * pitch - self.measure(letter, style) / 2, y, letter, style)
            for index, letter in enumerate(text)
        ]
        self._remember(_union(boxes), text, field)

    def slanted(
        self, centre: tuple[float, float], text: str, style: TextStyle, degrees: float, field: str
    ) -> None:
        """Set one word turned anticlockwise by `degrees` about `centre`, half transparent."""
        font = style.font_for(text, SCALE)
        left, top, right, bottom = (int(edge) for edge in font.getbbox(text, anchor="mm"))
        half = math.ceil(math.hypot(right - left, bottom - top) / 2) + 4
        layer = Image.new("L", (2 * half, 2 * half), 0)
        ImageDraw.Draw(layer).text((half, half), text, font=font, fill=200, anchor="mm")
        turned = layer.rotate(degrees, resample=Image.Resampling.BICUBIC)
        corner = (round(centre[0] * SCALE) - half, round(centre[1] * SCALE) - half)
        self.image.paste(Image.new("RGB", turned.size, style.colour), corner, turned)
        angle = math.radians(degrees)
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        box = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)
        self.words.append(PlacedWord(box @ turn + half + np.array(corner), text, field))

    def fitted(self, text: str, style: TextStyle, width: float) -> str:
        """`text` without as many of its last words, then letters, as it takes to fit `width`."""
        words = text.split()
        while len(words) > 1 and self.measure(" ".join(words), style) > width:
            words.pop()
            while len(words) > 1 and words[-1] in _DANGLING:
                words.pop()
        line = " ".join(words)
        while len(line) > 1 and self.measure(line, style) > width:
            line = line[:-1]
        return line.rstrip(" ,-&")

    def line(
        self, start: tuple[float, float], end: tuple[float, float], colour: Colour, width: float = 1
    ) -> None:
        """A straight rule, `width` units thick."""
        self.draw.line(
            [start[0] * SCALE, start[1] * SCALE, end[0] * SCALE, end[1] * SCALE],
            fill=colour,
            width=max(1, round(width * SCALE)),
        )

    def dashes(self, x: float, end: float, y: float, colour: Colour, dash: float = 4) -> None:
        """A dashed horizontal rule."""
        while x < end:
            self.line((x, y), (min(x + dash, end), y), colour, 0.75)
            x += dash * 1.8

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: Colour | None = None,
        edge: Colour | None = None,
        radius: float = 0,
        thickness: float = 1,
    ) -> None:
        """A rectangle, its corners rounded by `radius` units."""
        self.draw.rounded_rectangle(
            [x * SCALE, y * SCALE, (x + width) * SCALE, (y + height) * SCALE],
            radius=radius * SCALE,
            fill=fill,
            outline=edge,
            width=max(1, round(thickness * SCALE)),
        )

    def polygon(self, points: Sequence[tuple[float, float]], fill: Colour) -> None:
        """A filled polygon."""
        self.draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=fill)

    def curve(
        self, points: Sequence[tuple[float, float]], colour: Colour, width: float = 1
    ) -> None:
        """A polyline with rounded joints."""
        self.draw.line(
            [(x * SCALE, y * SCALE) for x, y in points],
            fill=colour,
            width=max(1, round(width * SCALE)),
            joint="curve",
        )

    def cut(self, height: float) -> None:
        """Cut the sheet off below `height`."""
        self.image = self.image.crop((0, 0, self.image.width, round(height * SCALE)))
        self.draw = ImageDraw.Draw(self.image)

    def _word(self, x: float, y: float, word: str, style: TextStyle, field: str | None) -> None:
        self._remember(self._ink(x, y, word, style), word, field)

    def _ink(self, x: float, y: float, text: str, style: TextStyle) -> tuple[float, ...]:
        font = style.font_for(text, SCALE)
        left, bottom = round(x * SCALE), round(y * SCALE)
        self.draw.text((left, bottom), text, font=font, fill=style.colour, anchor="ls")
        box = font.getbbox(text, anchor="ls")
        return box[0] + left, box[1] + bottom, box[2] + left, box[3] + bottom

    def _remember(self, box: tuple[float, ...], text: str, field: str | None) -> None:
        left, top, right, bottom = box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1
        quad = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)
        self.words.append(PlacedWord(quad, text, field))


def _union(boxes: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
