"""Pages of text for the conformance kit: typeset, turned a little, and grained as by a scanner."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from generators.conformance.pictures import make_picture
from schemas.picture import Picture, Pixels, Word
from schemas.vocabulary import Domain

_HEIGHT, _WIDTH = 384, 320
_SIZE, _LEADING, _MARGIN = 13, 24, 26
_GRAIN = 2.0

_INVOICE = (
    ("Northwind", "Supplies"),
    ("Invoice", "No.", "20417"),
    ("Date", "14.03.2024"),
    (),
    ("Paper", "A4", "12", "38.40"),
    ("Envelopes", "25", "16.75"),
    ("Ink", "black", "3", "54.90"),
    ("Labels", "8", "9.60"),
    ("Total", "119.65"),
    (),
    ("Payable", "within", "30", "days"),
)
_LETTER = (
    ("Harbour", "Library"),
    ("Dear", "Ms", "Albrecht"),
    (),
    ("your", "card", "4471", "is", "valid"),
    ("until", "31.12.2025"),
    ("Three", "books", "are", "due", "on"),
    ("Monday", "and", "the", "fee", "is"),
    ("7.50", "for", "each", "week"),
    (),
    ("With", "kind", "regards"),
    ("Tomas", "Lindgren"),
)
_FIELDS = {"14.03.2024": "date", "119.65": "total", "20417": "number", "31.12.2025": "date"}


@cache
def pages(domain: Domain) -> tuple[Picture, ...]:
    """Four pages of 384 by 320 pixels with a quad, a text and partly a field for every word."""
    return (
        _page("invoice", _INVOICE, domain, 0.0, (250, 250, 247), (28, 28, 34)),
        _page("letter", _LETTER, domain, 1.2, (241, 238, 230), (40, 36, 60)),
        _page("invoice-turned", _INVOICE, domain, -1.5, (236, 238, 240), (20, 30, 70)),
        _page("letter-plain", _LETTER, domain, 0.0, (252, 252, 252), (15, 15, 15)),
    )


def _page(
    name: str,
    lines: tuple[tuple[str, ...], ...],
    domain: Domain,
    degrees: float,
    paper: tuple[int, int, int],
    ink: tuple[int, int, int],
) -> Picture:
    image = Image.new("RGB", (_WIDTH, _HEIGHT), paper)
    draw = ImageDraw.Draw(image)
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    font = ImageFont.truetype(str(fonts / "DejaVuSans.ttf"), _SIZE)
    space = font.getlength("  ")
    turn = cv2.getRotationMatrix2D((_WIDTH / 2, _HEIGHT / 2), degrees, 1.0)
    words = []
    for row, line in enumerate(lines):
        x, y = float(_MARGIN), float(_MARGIN + row * _LEADING)
        for text in line:
            draw.text((x, y), text, font=font, fill=ink)
            left, top, right, bottom = draw.textbbox((x, y), text, font=font)
            # A pixel around the ink, as word finders leave it.
            corners = [(left - 1, top - 1), (right, top - 1), (right, bottom), (left - 1, bottom)]
            turned = [turn @ (a, b, 1.0) for a, b in corners]
            quad = tuple((float(a), float(b)) for a, b in turned)
            words.append(Word(quad, text, _FIELDS.get(text)))
            x += math.ceil(font.getlength(text) + space)
    drawn = np.asarray(image, dtype=np.uint8)
    if degrees:
        drawn = np.asarray(
            cv2.warpAffine(
                drawn, turn, (_WIDTH, _HEIGHT), flags=cv2.INTER_CUBIC, borderValue=paper
            ),
            dtype=np.uint8,
        )
    return make_picture(name, _grained(drawn), domain, words=words)


def _grained(drawn: Pixels) -> Pixels:
    """Softened as by a lens, with the grain of a sensor; a bare rendering is like no capture."""
    soft = cv2.GaussianBlur(drawn, (0, 0), 0.5).astype(np.float64)
    noisy = soft + np.random.default_rng(0).normal(0.0, _GRAIN, drawn.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
