"""Masks in the run-length encoding of COCO, in numbers or packed into a string."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from schemas.picture import Mask
from sources.annotations.reader import bad


def decode_rle(counts: Sequence[int] | str, height: int, width: int) -> Mask:
    """The bool (height, width) of run lengths that begin with False and run down the columns.

    A string is COCO's packed form: numbers of 5 bits a character, least first, bit 6 telling that
    more follow, those from the fourth on as differences to the one before the last (pycocotools,
    `maskApi.c`). Raises `UnreadablePicture` where the runs do not fill the picture.
    """
    runs = np.asarray(_unpack(counts) if isinstance(counts, str) else counts, np.int64)
    if not runs.size or runs.min() < 0 or runs.sum() != height * width:
        raise bad(
            f"a run-length encoding covers {runs.sum()} pixels; {width} by {height} are wanted"
        )
    values = np.arange(len(runs)) % 2 == 1
    return np.ascontiguousarray(np.repeat(values, runs).reshape(width, height).T)


def _unpack(text: str) -> list[int]:
    runs: list[int] = []
    value, shift = 0, 0
    for character in text.encode("ascii", errors="replace"):
        bits = character - 48
        if not 0 <= bits < 64:
            raise bad(f"a packed run-length encoding holds the character {chr(character)!r}")
        value |= (bits & 31) << shift
        shift += 5
        if shift > 40:
            raise bad("a packed run-length encoding holds too large a number")
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        if len(runs) > 2:
            value += runs[-2]
        runs.append(value)
        value, shift = 0, 0
    if shift:
        raise bad("a packed run-length encoding is cut off")
    return runs
