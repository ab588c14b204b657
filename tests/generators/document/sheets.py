"""Small synthetic pages with words whose place and text are known, for tests of document edits."""

from __future__ import annotations

from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from schemas.picture import Picture, Pixels, Word
from schemas.vocabulary import Domain
from tests.generators.pictures import make_picture

LINES: tuple[tuple[tuple[str, str | None], ...], ...] = (
    (("Invoice", None), ("2019-4417", "invoice_number")),
    (("Customer", None), ("Harriet", "name"), ("Bowman", "name")),
    (("Date", None), ("14.03.2019", "date")),
    (("Due", None), ("28.03.2019", "due_date")),
    (("Repair", "item"), ("148.50", "price")),
    (("Parts", "item"), ("36.20", "price")),
    (("Total", None), ("184.70", "total")),
)


def sheet_pixels(
    seed: int = 0, em: int = 15, turn: float = 0.0, noise: float = 2.0
) -> tuple[Pixels, list[Word]]:
    """A page of 240 by 260 pixels, slightly shaded, noisy and soft; `turn` in degrees."""
    height, width, fine = 240, 260, 3
    canvas = Image.new("L", (width * fine, height * fine))
    draw = ImageDraw.Draw(canvas)
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    font = ImageFont.truetype(str(path), em * fine, layout_engine=ImageFont.Layout.BASIC)
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0))
    words: list[Word] = []
    for row, line in enumerate(LINES):
        left = 24.0
        for text, field in line:
            spot = (left * fine, (36 + 28 * row) * fine)
            draw.text(spot, text, fill=255, font=font, anchor="ls")
            box = np.array(draw.textbbox(spot, text, font=font, anchor="ls")) / fine
            corners = [(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])]
            turned = np.array(corners) @ matrix[:, :2].T + matrix[:, 2]
            words.append(Word(tuple((float(x), float(y)) for x, y in turned), text, field))
            left = float(box[2]) + 0.4 * em
    ink = np.asarray(canvas.resize((width, height), Image.Resampling.BOX), dtype=np.float32) / 255
    soft = cv2.warpAffine(cv2.GaussianBlur(ink, (0, 0), 0.5), matrix, (width, height))
    rows, columns = np.mgrid[0:height, 0:width]
    shade = 232 - 14 * rows / height - 8 * columns / width
    paper = np.stack([shade, shade - 3, shade - 12], axis=2)
    page = paper - soft[..., None] * (paper - (44, 40, 52))
    page = page + np.random.default_rng(seed).normal(0, noise, page.shape)
    return np.clip(np.rint(page), 0, 255).astype(np.uint8), words


def sheet(
    seed: int = 0, em: int = 15, turn: float = 0.0, noise: float = 2.0, read: bool = True
) -> Picture:
    """The page as a source; without `read` its words have no text and no field."""
    pixels, words = sheet_pixels(seed, em, turn, noise)
    if not read:
        words = [Word(word.quad) for word in words]
    return make_picture(pixels, domain=Domain.DOCUMENT, words=words)
