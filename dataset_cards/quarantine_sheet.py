"""The contact sheet of the quarantine: forgeries that did not enter the set, with the reason."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dataset_cards.overlay import INK, PAPER, QUIET, RULE, TINT, fitted, overlay, typeface
from dataset_cards.wording import operation_title
from schemas.picture import Mask, Pixels

_WIDTH = 1600
_MARGIN = 32
_GAP = 8
_BETWEEN = 36
_COLUMNS = 2
_HEADING = 66
_TEXT = 78
_BELOW = 20
_APPLIED = (0, 114, 178)
_VIEWS = (("source", QUIET), ("forgery", QUIET), ("applied", _APPLIED), ("observed", TINT))

_TITLES = {
    "size_changed": "Another size than its source",
    "black_picture": "Black",
    "flat_picture": "Flat",
    "not_registered": "Cannot be laid over its source",
    "no_op": "Nothing changed",
    "mask_empty": "The applied mask is empty",
    "spliced_not_exact": "A splice that is not exact",
    "mask_too_large": "Nearly everything changed",
    "applied_mostly_unchanged": "The applied mask stayed as it was",
    "change_outside_mask": "Changed outside the applied mask",
}


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A forgery that the gate refused. `reason` is its snake_case word, `detail` its sentence.

    `source` may be of another size than `forged`, and is None for what was made from nothing;
    masks are of the size of `forged`, None where there is none.
    """

    sample_id: str
    operation: str
    generator: str
    reason: str
    detail: str
    forged: Pixels
    source: Pixels | None = None
    applied: Mask | None = None
    observed: Mask | None = None


def quarantine_sheet(quarantined: Sequence[Quarantined], per_reason: int = 6) -> bytes:
    """A JPEG 1,600 px wide; empty bytes where nothing was refused.

    For each reason, most frequent first, up to `per_reason` forgeries: source, forgery, the
    applied mask on it in blue, the observed one in magenta, and the reason in words.
    """
    if not quarantined:
        return b""
    counts = Counter(one.reason for one in quarantined)
    ordered = sorted(quarantined, key=lambda x: (-counts[x.reason], x.reason, x.sample_id))
    strips: list[Image.Image] = []
    for reason, members in groupby(ordered, key=lambda one: one.reason):
        shown = list(members)[:per_reason]
        strips.append(_heading(reason, counts[reason], len(shown), legend=not strips))
        strips.extend(_rows(shown))
    sheet = Image.new("RGB", (_WIDTH, sum(strip.height for strip in strips) + _MARGIN), PAPER)
    top = 0
    for strip in strips:
        sheet.paste(strip, (0, top))
        top += strip.height
    buffer = io.BytesIO()
    sheet.save(buffer, format="JPEG", quality=90, subsampling=0, optimize=True)
    return buffer.getvalue()


def _cell() -> int:
    room = (_WIDTH - 2 * _MARGIN - (_COLUMNS - 1) * _BETWEEN) // _COLUMNS
    return (room - (len(_VIEWS) - 1) * _GAP) // len(_VIEWS)


def _heading(reason: str, count: int, shown: int, *, legend: bool) -> Image.Image:
    strip = Image.new("RGB", (_WIDTH, _HEADING), PAPER)
    draw = ImageDraw.Draw(strip)
    title = _TITLES.get(reason, reason.replace("_", " ").capitalize())
    draw.text((_MARGIN, 44), title, font=typeface(24, bold=True), fill=INK, anchor="ls")
    after = _MARGIN + typeface(24, bold=True).getlength(title) + 14
    told = f"{count:,}" if shown == count else f"{shown:,} of {count:,}"
    draw.text((after, 44), told, font=typeface(18), fill=QUIET, anchor="ls")
    right = float(_WIDTH - _MARGIN)
    for view, colour in reversed(_VIEWS) if legend else ():
        draw.text((right, 44), view, font=typeface(16), fill=colour, anchor="rs")
        right -= typeface(16).getlength(view) + 18
    draw.line([(_MARGIN, 56), (_WIDTH - _MARGIN, 56)], fill=RULE, width=2)
    return strip


def _rows(shown: Sequence[Quarantined]) -> Iterator[Image.Image]:
    for start in range(0, len(shown), _COLUMNS):
        strip = Image.new("RGB", (_WIDTH, _TEXT + _cell() + _BELOW), PAPER)
        for column, one in enumerate(shown[start : start + _COLUMNS]):
            left = _MARGIN + column * (len(_VIEWS) * _cell() + 3 * _GAP + _BETWEEN)
            _draw(strip, one, left)
        yield strip


def _draw(strip: Image.Image, one: Quarantined, left: int) -> None:
    draw = ImageDraw.Draw(strip)
    width = len(_VIEWS) * _cell() + (len(_VIEWS) - 1) * _GAP
    title = operation_title(one.operation)
    title = f"{title[0].upper()}{title[1:]}  ·  {one.generator}"
    draw.text((left, 24), title, font=typeface(16, bold=True), fill=INK, anchor="ls")
    draw.text((left + width, 24), one.sample_id, font=typeface(13), fill=QUIET, anchor="rs")
    for line, text in enumerate(_wrapped(one.detail, typeface(14), width)):
        draw.text((left, 46 + 19 * line), text, font=typeface(14), fill=INK, anchor="ls")
    for number, view in enumerate(_views(one)):
        place = (left + number * (_cell() + _GAP), _TEXT)
        if view is None:
            box = (*place, place[0] + _cell() - 1, place[1] + _cell() - 1)
            draw.rectangle(box, outline=RULE, width=2)
            middle = (place[0] + _cell() // 2, place[1] + _cell() // 2)
            draw.text(middle, "none", font=typeface(14), fill=QUIET, anchor="mm")
        else:
            strip.paste(Image.fromarray(np.ascontiguousarray(view)), place)


def _views(one: Quarantined) -> Iterator[Pixels | None]:
    yield None if one.source is None else _square(one.source)
    yield _square(one.forged)
    for mask, colour in ((one.applied, _APPLIED), (one.observed, TINT)):
        yield None if mask is None else _square(one.forged, mask, colour)


def _square(
    pixels: Pixels, mask: Mask | None = None, colour: tuple[int, int, int] = TINT
) -> Pixels:
    """The whole picture in a square cell, in its own proportions, on paper."""
    cell = _cell()
    height, width = pixels.shape[:2]
    scale = cell / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = fitted(pixels, *size) if mask is None else overlay(pixels, mask, *size, colour)
    square = np.full((cell, cell, 3), PAPER, np.uint8)
    top, left = (cell - size[1]) // 2, (cell - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return square


def _wrapped(text: str, face: ImageFont.FreeTypeFont, width: int) -> Iterable[str]:
    """Two lines at most; what does not fit ends in an ellipsis."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if face.getlength(longer) <= width:
            lines[-1] = longer
        elif len(lines) == 1:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1].rstrip('.,;')} …"
            break
    return lines
