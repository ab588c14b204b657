"""Rows of pictures that are one another's duplicates: the one that stays, then the rest."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont, ImageOps

from dataset_cards.overlay import INK, PAPER, QUIET, RULE, typeface

COLUMNS = 8
"""Pictures side by side, at most."""
_WIDTH = 1600
_MARGIN = 32
_GAP = 14
_CELL = (_WIDTH - 2 * _MARGIN - (COLUMNS - 1) * _GAP) // COLUMNS
_HEADING = 84
_TITLE = 38
_CAPTION = 66
_TALLEST = 2400
_FRAME = 4
_KEPT = (0, 158, 115)  # bluish green, after Okabe and Ito: told apart by colour-blind readers
_BLANK = (238, 240, 243)


@dataclass(frozen=True, slots=True)
class SheetCell:
    """One picture: its encoded bytes (None where they are not at hand), its name, and two notes.

    `kept` draws the frame of those that stay.
    """

    data: bytes | None
    name: str
    note: str
    details: str = ""
    kept: bool = False


@dataclass(frozen=True, slots=True)
class SheetRow:
    """Pictures that belong together: what they are, some details, and the pictures themselves.

    `COLUMNS` of them are shown. `unseen`: how many more there are that were not handed over.
    """

    title: str
    details: str
    cells: Sequence[SheetCell]
    unseen: int = 0


def cluster_sheets(heading: str, legend: str, rows: Iterable[SheetRow]) -> Iterator[bytes]:
    """JPEG pages, 1,600 px wide and some 2,400 high. Short rows stand side by side.

    A row with more pictures than fit says how many more there are.
    """
    waiting: list[Image.Image] = []
    height, page = 0, 1
    for strip in map(_strip, _side_by_side(rows)):
        if waiting and height + strip.height > _TALLEST:
            yield _page(heading, f"{legend}   ·   page {page}", waiting)
            waiting, height, page = [], 0, page + 1
        waiting.append(strip)
        height += strip.height
    if waiting:
        yield _page(heading, f"{legend}   ·   page {page}" if page > 1 else legend, waiting)


def _side_by_side(rows: Iterable[SheetRow]) -> Iterator[list[SheetRow]]:
    """Rows that find room beside one another, in order."""
    beside: list[SheetRow] = []
    taken = 0
    for row in rows:
        if beside and taken + _columns(row) > COLUMNS:
            yield beside
            beside, taken = [], 0
        beside.append(row)
        taken += _columns(row)
    if beside:
        yield beside


def _columns(row: SheetRow) -> int:
    # A title wants room, too.
    return max(2, min(COLUMNS, len(row.cells) + bool(row.unseen)))


def thumbnail(data: bytes, side: int) -> Image.Image | None:
    """The picture upright, RGB, at most `side` px high and wide; None where it cannot be opened."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            # A scaled decode where the format knows one: the rest would be thrown away.
            image.draft("RGB", (2 * side, 2 * side))
            upright = ImageOps.exif_transpose(image)
            if upright.has_transparency_data:
                flat = Image.new("RGBA", upright.size, "white")
                flat.alpha_composite(upright.convert("RGBA"))
                upright = flat
            small = upright.convert("RGB")
            small.thumbnail((side, side), Image.Resampling.LANCZOS)
            return small
    # Decoders of hostile bytes raise nearly anything, and a sheet shows what can be shown.
    except Exception:
        return None


def shortened(text: str, face: ImageFont.FreeTypeFont, room: float) -> str:
    """`text` with its middle left out where it is wider than `room` px."""
    if face.getlength(text) <= room:
        return text
    kept = len(text) - 1
    while kept > 2 and face.getlength(_without_middle(text, kept)) > room:
        kept -= 1
    return _without_middle(text, kept)


def _without_middle(text: str, kept: int) -> str:
    # The end of a path tells more than its beginning.
    front = kept // 3
    return f"{text[:front]}…{text[len(text) - (kept - front) :]}"


def _page(heading: str, legend: str, strips: Sequence[Image.Image]) -> bytes:
    height = _HEADING + sum(strip.height for strip in strips) + _MARGIN
    sheet = Image.new("RGB", (_WIDTH, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    face, small = typeface(26, bold=True), typeface(16)
    right = _WIDTH - _MARGIN
    draw.text((right, 50), legend, font=small, fill=QUIET, anchor="rs")
    room = right - _MARGIN - small.getlength(legend) - 30
    draw.text((_MARGIN, 50), shortened(heading, face, room), font=face, fill=INK, anchor="ls")
    draw.line([(_MARGIN, 66), (right, 66)], fill=RULE, width=2)
    top = _HEADING
    for strip in strips:
        sheet.paste(strip, (0, top))
        top += strip.height
    buffer = io.BytesIO()
    sheet.save(buffer, format="JPEG", quality=88, subsampling=0, optimize=True)
    return buffer.getvalue()


def _strip(rows: Sequence[SheetRow]) -> Image.Image:
    """Rows that stand side by side, as high as the highest of their pictures."""
    shown = [_shown(row) for row in rows]
    side = _CELL - 2 * _FRAME
    small = [
        [None if cell.data is None else thumbnail(cell.data, side) for cell in cells]
        for cells, _ in shown
    ]
    heights = [side if view is None else view.height for views in small for view in views]
    tall = max(heights) + 2 * _FRAME
    strip = Image.new("RGB", (_WIDTH, _TITLE + tall + _CAPTION), PAPER)
    draw = ImageDraw.Draw(strip)
    left = _MARGIN
    for row, (cells, more), views in zip(rows, shown, small, strict=True):
        width = _columns(row) * (_CELL + _GAP)
        _draw_title(draw, row, left, width - _GAP)
        for column, (cell, view) in enumerate(zip(cells, views, strict=True)):
            _draw_cell(strip, cell, view, left + column * (_CELL + _GAP), _TITLE + tall)
        if more:
            middle = left + len(cells) * (_CELL + _GAP) + _CELL // 2
            place = (middle, _TITLE + tall // 2)
            draw.text(place, f"{more:,} more", font=typeface(17), fill=QUIET, anchor="mm")
        left += width
    return strip


def _shown(row: SheetRow) -> tuple[Sequence[SheetCell], int]:
    """The cells that find room, and how many pictures more there are."""
    fits = len(row.cells) + bool(row.unseen) <= COLUMNS
    cells = row.cells if fits else row.cells[: COLUMNS - 1]
    return cells, row.unseen + len(row.cells) - len(cells)


def _draw_title(draw: ImageDraw.ImageDraw, row: SheetRow, left: int, width: int) -> None:
    bold, plain = typeface(16, bold=True), typeface(14)
    draw.text((left, 24), row.title, font=bold, fill=INK, anchor="ls")
    after = left + bold.getlength(row.title) + 12
    details = shortened(row.details, plain, left + width - after)
    draw.text((after, 24), details, font=plain, fill=QUIET, anchor="ls")


def _draw_cell(
    strip: Image.Image, cell: SheetCell, view: Image.Image | None, left: int, bottom: int
) -> None:
    draw = ImageDraw.Draw(strip)
    side = _CELL - 2 * _FRAME
    width, height = (side, side) if view is None else view.size
    corner = (left + _FRAME, bottom - _FRAME - height)
    if view is None:
        end = (corner[0] + side - 1, corner[1] + side - 1)
        draw.rectangle((*corner, *end), fill=_BLANK)
        middle = (left + _CELL // 2, corner[1] + side // 2)
        text = "not at hand" if cell.data is None else "cannot be shown"
        draw.text(middle, text, font=typeface(13), fill=QUIET, anchor="mm")
    else:
        strip.paste(view, corner)
    if cell.kept:
        # Around the picture itself: its own shape is seen.
        start = (corner[0] - _FRAME, corner[1] - _FRAME)
        end = (corner[0] + width + _FRAME - 1, corner[1] + height + _FRAME - 1)
        draw.rectangle((*start, *end), outline=_KEPT, width=_FRAME)
    face = typeface(13, bold=cell.kept)
    lines = ((cell.name, face, INK), (cell.note, face, _KEPT if cell.kept else QUIET))
    for number, (text, one, colour) in enumerate((*lines, (cell.details, typeface(13), QUIET))):
        place = (left + _FRAME, bottom + 18 + 17 * number)
        draw.text(place, shortened(text, one, _CELL), font=one, fill=colour, anchor="ls")
