"""The contact sheet: for each operation a few forgeries between their source and their mask."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable
from itertools import groupby
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

from dataset_cards.exhibits import Exhibit, exhibits
from dataset_cards.overlay import INK, PAPER, QUIET, RULE, TINT, fitted, overlay, typeface
from dataset_cards.wording import operation_title, percent
from schemas.vocabulary import Domain
from storage.published import PublishedSet

_WIDTH = 1600
_MARGIN = 32
_GAP = 6
_BETWEEN = 28
_HEADING = 84
_CAPTION = 42
_BELOW = 12
_VIEWS = ("source", "forgery", "what changed")
_TITLES = {
    Domain.NATURAL: "Photographs",
    Domain.DOCUMENT: "Documents",
    Domain.DEEPFAKE: "Faces",
    Domain.AIGC: "Synthetic pictures",
}


def contact_sheet(
    published: PublishedSet,
    *,
    per_operation: int = 2,
    columns: int = 2,
    domains: Collection[str] | None = None,
    format: Literal["JPEG", "PNG"] = "JPEG",
) -> bytes:
    """A picture 1,600 px wide; empty bytes where there is no forgery to show.

    `per_operation` forgeries of each operation, `columns` of them side by side, each as source,
    forgery, and forgery with the observed mask, in a window around the change. `domains` limits
    the sheet to some domains; all where None.
    """
    wanted = tuple(Domain) if domains is None else tuple(domains)
    shown = tuple(exhibits(published, per_operation, wanted))
    if not shown:
        return b""
    strips: list[Image.Image] = []
    for domain, of_domain in groupby(shown, key=lambda one: one.domain):
        strips.append(_heading(_TITLES[Domain(domain)], columns))
        for _, of_operation in groupby(of_domain, key=lambda one: one.operation):
            strips.extend(_rows(of_operation, columns))
    sheet = Image.new("RGB", (_WIDTH, sum(strip.height for strip in strips) + _MARGIN), PAPER)
    top = 0
    for strip in strips:
        sheet.paste(strip, (0, top))
        top += strip.height
    buffer = io.BytesIO()
    if format == "JPEG":
        sheet.save(buffer, format="JPEG", quality=90, subsampling=0, optimize=True)
    else:
        sheet.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _cell(columns: int) -> int:
    room = _WIDTH - 2 * _MARGIN - (columns - 1) * _BETWEEN
    return (room // columns - 2 * _GAP) // 3


def _left(column: int, columns: int) -> int:
    return _MARGIN + column * (3 * _cell(columns) + 2 * _GAP + _BETWEEN)


def _heading(title: str, columns: int) -> Image.Image:
    strip = Image.new("RGB", (_WIDTH, _HEADING), PAPER)
    draw = ImageDraw.Draw(strip)
    draw.text((_MARGIN, 54), title, font=typeface(28, bold=True), fill=INK, anchor="ls")
    # The legend stands once a domain, over the last triple: the views are the same everywhere.
    right = _WIDTH - _MARGIN
    for number, view in reversed(tuple(enumerate(_VIEWS))):
        face = typeface(16)
        draw.text((right, 54), view, font=face, fill=TINT if number == 2 else QUIET, anchor="rs")
        right -= int(draw.textlength(view, font=face))
        if number:
            draw.text((right - 15, 54), "→", font=face, fill=QUIET, anchor="ms")
            right -= 30
    draw.line([(_MARGIN, 70), (_WIDTH - _MARGIN, 70)], fill=RULE, width=2)
    return strip


def _rows(shown: Iterable[Exhibit], columns: int) -> Iterable[Image.Image]:
    waiting = list(shown)
    for start in range(0, len(waiting), columns):
        strip = Image.new("RGB", (_WIDTH, _CAPTION + _cell(columns) + _BELOW), PAPER)
        for column, one in enumerate(waiting[start : start + columns]):
            _draw(strip, one, _left(column, columns), _cell(columns))
        yield strip


def _draw(strip: Image.Image, one: Exhibit, left: int, cell: int) -> None:
    draw = ImageDraw.Draw(strip)
    title = operation_title(one.operation)
    title = title[0].upper() + title[1:]
    draw.text((left, 30), title, font=typeface(18, bold=True), fill=INK, anchor="ls")
    change = "synthetic throughout" if one.area is None else f"{percent(one.area)} changed"
    details = f"{one.generator}  ·  {change}"
    right = left + 3 * cell + 2 * _GAP
    draw.text((right, 30), details, font=typeface(15), fill=QUIET, anchor="rs")
    marked = overlay(one.forged, one.mask, cell, cell)
    views = (one.source, one.forged, marked)
    for number, view in enumerate(views):
        place = (left + number * (cell + _GAP), _CAPTION)
        if view is None:
            box = (*place, place[0] + cell - 1, place[1] + cell - 1)
            draw.rectangle(box, outline=RULE, width=2)
            middle = (place[0] + cell // 2, place[1] + cell // 2)
            text = "made from no picture"
            draw.text(middle, text, font=typeface(14), fill=QUIET, anchor="mm")
        else:
            tile = Image.fromarray(np.ascontiguousarray(fitted(view, cell, cell)))
            strip.paste(tile, place)
