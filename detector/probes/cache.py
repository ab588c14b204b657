"""The features of every row of a set, computed once: finished pieces are kept and found again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from upath import UPath

from detector.data.pictures import PictureReader
from detector.data.rows import Rows
from detector.probes.contract import Extractor, Features, Spread, one_by_one
from detector.probes.pieces import PIECE, read_piece, write_piece
from schemas.errors import CounterfoilError, DatasetError, StorageError
from schemas.identity import digest
from storage.codecs import decode
from storage.files import location


@dataclass(frozen=True, slots=True)
class Progress:
    """What is told while features are computed: the number of pieces, then each one's pictures."""

    start: Callable[[int], None] = lambda pieces: None
    advance: Callable[[int], None] = lambda pictures: None


def features_of(
    rows: Rows,
    extractor: Extractor,
    cache: Path,
    spread: Spread = one_by_one,
    progress: Progress | None = None,
) -> Features:
    """Float32 (n, d): the features of the column `image` of every row, in order.

    Pieces lie in a folder of `cache` named after the rows' digest and the extractor's identity,
    and those that are whole there are not computed again. `spread` shares the others out where the
    extractor gains by it. Raises DatasetError for a picture that cannot be read.
    """
    progress = progress or Progress()
    folder = location(cache) / digest(rows.digest, extractor.identity, PIECE)[:20]
    starts = range(0, len(rows), PIECE)
    progress.start(len(starts))
    found: dict[int, Features] = {}
    calls, places = [], []
    for place, first in enumerate(starts):
        size = min(PIECE, len(rows) - first)
        path = folder / f"piece-{place:05d}.npy"
        known = read_piece(path, size)
        if known is None:
            piece = rows.select(np.arange(first, first + size))
            calls.append((piece, extractor, path))
            places.append(place)
        else:
            found[place] = known
            progress.advance(size)
    work = spread if extractor.spreads else one_by_one
    for call, made in work(_extract, calls):
        found[places[call]] = made
        progress.advance(len(made))
    widths = {made.shape[1] for made in found.values()}
    if len(widths) > 1:
        raise StorageError(f"{folder} holds features of different sizes; remove it and run again")
    return np.concatenate([found[place] for place in sorted(found)])


def _extract(rows: Rows, extractor: Extractor, path: UPath) -> Features:
    """The features of one piece, which are written to `path`."""
    reader = PictureReader(rows)
    pictures = []
    try:
        for row in range(len(rows)):
            data = reader.read(row, "image")
            try:
                if data is None:
                    raise StorageError("there is none")
                pictures.append(decode(data))
            except StorageError as error:
                name = rows.table["sample_id"][row].as_py()
                raise DatasetError(
                    f"the picture of {name} cannot be read: {error}; validate the set"
                ) from error
    finally:
        reader.close()
    made = extractor.extract(pictures)
    if not np.isfinite(made).all():
        raise CounterfoilError(f"{extractor.identity} gave features that are no numbers")
    write_piece(path, made)
    return made
