"""Pictures to look at: the mistakes a detector is surest of, and where it looks for forgeries."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.axes import Axes
from PIL import Image

from detector.evaluation.contract import TestPicture
from detector.evaluation.pictures import TestPictures
from detector.metrics.predictions import FAILED
from schemas.errors import StorageError
from schemas.picture import Mask, Pixels
from storage.charts import QUIET, blank, png, styled
from storage.reading import UnreadablePicture, read_picture

_ACROSS = 6
_MISTAKES = 12
_OVERLAYS = 12
_SIDE = 300
_TRUE = (213, 94, 0)
_FOUND = (240, 228, 66)
_Row = dict[str, Any]


def mistake_sheet(table: pa.Table, pictures: TestPictures) -> bytes | None:
    """The wrong answers given with most confidence, reals above and fakes below, as PNG.

    What was forged in a missed fake is outlined. None where no answer with a probability is wrong.
    """
    rows = [row for row in _plain(table) if row["probability"] is not None]
    alarms = [row for row in rows if row["label"] == 0 and row["answer"] == 1]
    missed = [row for row in rows if row["label"] == 1 and row["answer"] == 0]
    alarms.sort(key=lambda row: (-row["probability"], row["sample_id"]))
    missed.sort(key=lambda row: (row["probability"], row["sample_id"]))
    chosen = [alarms[:_MISTAKES], missed[:_MISTAKES]]
    if not any(chosen):
        return None
    seen = _seen(pictures, [row["sample_id"] for rows in chosen for row in rows])
    titles = (
        f"Reals called fake: the surest of {len(alarms):,}",
        f"Fakes called real: the surest of {len(missed):,}",
    )
    down = [max(1, -(-len(rows) // _ACROSS)) for rows in chosen]
    with styled():
        figure = blank(0.9 + 1.62 * sum(down))
        parts = np.asarray(figure.subfigures(2, 1, height_ratios=down)).tolist()
        for part, title, rows, lines in zip(parts, titles, chosen, down, strict=True):
            part.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold")
            cells = part.subplots(lines, _ACROSS, squeeze=False).ravel()
            for place, cell in enumerate(cells):
                cell.set_axis_off()
                if place < len(rows):
                    _mistake(cell, rows[place], seen[rows[place]["sample_id"]])
        return png(figure)


def overlay_sheet(table: pa.Table, pictures: TestPictures) -> bytes | None:
    """Pictures with what was forged, and with what was found, as PNG; None where none was found.

    Of every operation in turn the worst, the best and the middling forgery by F1; at the end the
    authentic pictures of which most was called forged.
    """
    rows = [row for row in _plain(table) if row["found"] is not None]
    forged = [row for row in rows if row["mask_f1"] is not None]
    if not forged:
        return None
    clean = [row for row in rows if row["mask_area"] == 0]
    clean.sort(key=lambda row: (-row["flagged"], row["sample_id"]))
    worst = [row for row in clean[:2] if row["flagged"] > 0]
    chosen = [*_spread(forged, _OVERLAYS - len(worst)), *worst]
    seen = _seen(pictures, [row["sample_id"] for row in chosen])
    pairs = -(-len(chosen) // 2)
    with styled():
        figure = blank(0.35 + 1.62 * pairs)
        cells = figure.subplots(pairs, _ACROSS, squeeze=False)
        for cell in cells.ravel():
            cell.set_axis_off()
        for place, row in enumerate(chosen):
            first = 3 * (place % 2)
            _overlay(cells[place // 2][first : first + 3], row, seen[row["sample_id"]])
        return png(figure)


def _mistake(axes: Axes, row: _Row, picture: TestPicture) -> None:
    kind = row["operation"] or row["domain"] or ""
    pixels = _pixels(picture)
    if pixels is not None:
        truth = _truth(picture)
        axes.imshow(_outlined(pixels, truth) if picture.fake else _small(pixels))
    _title(axes, f"{row['probability']:.2f}  {_words(kind)}")


def _overlay(cells: Sequence[Axes], row: _Row, picture: TestPicture) -> None:
    pixels, truth = _pixels(picture), _truth(picture)
    if pixels is None or truth is None:
        return
    small = _small(pixels)
    levels = np.asarray(Image.open(io.BytesIO(row["found"])))
    found = cv2.resize(levels, small.shape[1::-1], interpolation=cv2.INTER_LINEAR) / 255
    true = cv2.resize(truth.astype(np.float32), small.shape[1::-1], interpolation=cv2.INTER_AREA)
    cells[0].imshow(small)
    cells[1].imshow(_shaded(small, np.asarray(true, np.float32), _TRUE))
    cells[2].imshow(_shaded(small, np.asarray(found, np.float32), _FOUND))
    kind = _words(row["operation"] or "authentic")
    titles = (kind, "nothing forged", f"found: {100 * row['flagged']:.1f} %")
    if row["mask_f1"] is not None:
        titles = (kind, "forged", f"found, F1 {row['mask_f1']:.2f}")
    for cell, title in zip(cells, titles, strict=True):
        _title(cell, title)


def _spread(rows: list[_Row], count: int) -> list[_Row]:
    """So many rows, operations taking turns, each giving its worst, its best, its middling."""
    queues: list[list[_Row]] = []
    for operation in sorted({row["operation"] or "" for row in rows}):
        own = [row for row in rows if (row["operation"] or "") == operation]
        own.sort(key=lambda row: (row["mask_f1"], row["sample_id"]))
        order = dict.fromkeys((len(own) // 2, 0, len(own) - 1, *range(len(own))))
        queues.append([own[place] for place in order])
    turns = [
        queue[turn]
        for turn in range(max(map(len, queues)))
        for queue in queues
        if turn < len(queue)
    ]
    return turns[:count]


def _seen(pictures: TestPictures, keys: Sequence[str]) -> dict[str, TestPicture]:
    wanted = set(keys)
    places = [place for place, key in enumerate(pictures.keys) if key in wanted]
    return {picture.key: picture for picture in pictures.at(places)}


def _plain(table: pa.Table) -> list[_Row]:
    light = ("sample_id", "label", "answer", "probability", "operation", "domain")
    masks = ("found", "mask_f1", "mask_area", "flagged")
    plain = table.filter(pc.equal(table["perturbation"], "")).select([*light, *masks])
    rows: list[_Row] = plain.to_pylist()
    return [row for row in rows if row["answer"] != FAILED or row["found"] is not None]


def _pixels(picture: TestPicture) -> Pixels | None:
    try:
        return read_picture(picture.encoded)[0]
    except UnreadablePicture:
        return None


def _truth(picture: TestPicture) -> Mask | None:
    try:
        return picture.mask()
    except StorageError:
        return None


def _small(pixels: Pixels) -> Pixels:
    scale = min(1.0, _SIDE / max(pixels.shape[:2]))
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _outlined(pixels: Pixels, truth: Mask | None) -> Pixels:
    small = _small(pixels)
    if truth is None or truth.shape != pixels.shape[:2]:
        return small
    scaled = cv2.resize(truth.astype(np.float32), small.shape[1::-1], interpolation=cv2.INTER_AREA)
    # Small forgeries (a letter) must not vanish with the size.
    inside = np.asarray(scaled > 0.1, np.uint8)
    edge = cv2.dilate(inside, np.ones((5, 5), np.uint8)) > inside
    drawn = small.copy()
    drawn[edge] = _TRUE
    return drawn


def _shaded(
    pixels: Pixels, amount: npt.NDArray[np.float32], colour: tuple[int, int, int]
) -> Pixels:
    """The picture greyed, and coloured where something is."""
    grey = pixels.mean(axis=2, keepdims=True) * 0.55 + 40
    share = amount[..., None].clip(0, 1) * 0.85
    mixed = grey * (1 - share) + np.array(colour, np.float32) * share
    return np.asarray(mixed.clip(0, 255), np.uint8)


def _title(axes: Axes, text: str) -> None:
    axes.set_anchor("N")
    axes.set_title(text, fontsize=8, fontweight="normal", color=QUIET, pad=3)


def _words(name: str) -> str:
    return name.replace("_", " ")
