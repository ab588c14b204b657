"""Fits a picture into another's size: what is cut out of it, and whether that is resized."""

from __future__ import annotations

from typing import Literal, TypeAlias

from curation.codecs.chain import Crop
from schemas.identity import unit_interval

Fit: TypeAlias = Literal["crop", "resize"]
"""crop: a piece at its own resolution; resize: as much of the picture as the aspect allows."""
Size: TypeAlias = tuple[int, int]


def fit_into(size: Size, wanted: Size, fit: Fit, *salt: object) -> tuple[Crop | None, Size | None]:
    """The crop and the size to resize it to, each None where nothing is to be done.

    Sizes are (width, height). "crop" takes a piece of the wanted size from a place that a hash of
    `salt` draws, so that no pixel is resampled: as real pictures are cut from their files. Pieces
    that are larger than the picture are as large as it allows, and enlarged. "resize" takes the
    largest piece of the wanted aspect from the middle, which keeps what the picture shows but
    smooths it: a real picture that was never resized is told from it by its spectrum. The aspect is
    kept to within a pixel.
    """
    if size == wanted:
        return None, None
    scale = min(size[0] / wanted[0], size[1] / wanted[1])
    if fit == "crop":
        scale = min(scale, 1.0)
    width, height = (
        min(side, max(1, round(want * scale))) for side, want in zip(size, wanted, strict=True)
    )
    spare = (size[0] - width, size[1] - height)
    if fit == "crop":
        left, top = (
            int(unit_interval("place", axis, *salt) * (room + 1)) for axis, room in enumerate(spare)
        )
    else:
        left, top = spare[0] // 2, spare[1] // 2
    crop = None if spare == (0, 0) else (left, top, width, height)
    return crop, None if (width, height) == wanted else wanted
