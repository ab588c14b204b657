"""One sample at a glance: the picture, its source, and its three masks side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from dataset_cards.overlay import INK, PAPER, QUIET, fitted, overlay, typeface
from dataset_cards.wording import operation_title, percent
from schemas.features import LABELS
from schemas.picture import Pixels
from storage.codecs import decode
from storage.masks import decode_mask

_HEIGHT = 320
_WIDEST = 480
_GAP = 12
_TITLE = 44
_CAPTION = 30
_MASKS = {
    "mask_requested": ("requested", (0, 114, 178)),
    "mask_applied": ("applied", (213, 94, 0)),
    "mask_observed": ("observed", (240, 0, 140)),
}


def sample_sheet(row: Mapping[str, Any], source_row: Mapping[str, Any] | None) -> Image.Image:
    """An RGB picture of a published row; `source_row` is that of its source, None for a real one.

    A mask that the row does not have is left out.
    """
    cells = list(_cells(row, source_row))
    title, details = _title(row)
    bold, plain = typeface(17, bold=True), typeface(15)
    pictures = sum(view.shape[1] for _, _, view in cells) + _GAP * (len(cells) - 1)
    text = int(bold.getlength(title) + plain.getlength(details)) + 14
    height = _TITLE + _CAPTION + max(view.shape[0] for _, _, view in cells) + _GAP
    sheet = Image.new("RGB", (max(pictures, text) + 2 * _GAP, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP, 29), title, font=bold, fill=INK, anchor="ls")
    after = _GAP + bold.getlength(title) + 14
    draw.text((after, 29), details, font=plain, fill=QUIET, anchor="ls")
    left = _GAP
    for name, note, view in cells:
        draw.text((left, _TITLE + 18), name, font=typeface(15, bold=True), fill=INK, anchor="ls")
        after = left + typeface(15, bold=True).getlength(name) + 8
        draw.text((after, _TITLE + 18), note, font=plain, fill=QUIET, anchor="ls")
        sheet.paste(Image.fromarray(np.ascontiguousarray(view)), (left, _TITLE + _CAPTION))
        left += view.shape[1] + _GAP
    return sheet


def _cells(
    row: Mapping[str, Any], source_row: Mapping[str, Any] | None
) -> Iterator[tuple[str, str, Pixels]]:
    pixels = decode(row["image"]["bytes"])
    width, height = _size(pixels)
    yield "picture", "", fitted(pixels, width, height)
    if source_row is not None:
        source = decode(source_row["image"]["bytes"])
        yield "source", "", fitted(source, *_size(source))
    for column, (name, colour) in _MASKS.items():
        if row[column] is not None:
            mask = decode_mask(row[column]["bytes"])
            yield name, percent(float(mask.mean())), overlay(pixels, mask, width, height, colour)


def _size(pixels: Pixels) -> tuple[int, int]:
    height, width = pixels.shape[:2]
    scale = min(_HEIGHT / height, _WIDEST / width)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _title(row: Mapping[str, Any]) -> tuple[str, str]:
    facts = [row["sample_id"], row["domain"], f"{row['width']} × {row['height']} px"]
    label = LABELS[row["label"]]
    if row["operation"] is None:
        return label, "  ·  ".join(facts)
    facts.insert(1, f"by {row['generator']} {row['generator_version']}")
    return f"{label}: {operation_title(row['operation'])}", "  ·  ".join(facts)
