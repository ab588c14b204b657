"""Reads what lies beside a picture: the words on it and the mask of an object in it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from schemas.picture import Word
from sources.words import box_quad
from storage.reading import UnreadablePicture

WORDS_SUFFIX = ".words.json"
"""Behind the picture's stem: a list of `SidecarWord`."""
MASK_SUFFIX = ".mask.png"
"""Behind the picture's stem: a picture of its size that is not 0 where an object is."""

_Number = Annotated[float, Field(allow_inf_nan=False)]
_Point = tuple[_Number, _Number]


class SidecarWord(BaseModel):
    """One entry of a `.words.json` file: where a word is, and perhaps what it says.

    Pixels of the upright picture, x to the right, y down. Either `quad` (the corners top left,
    top right, bottom right, bottom left in reading orientation) or `box` (x0, y0, x1, y1).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    quad: tuple[_Point, _Point, _Point, _Point] | None = None
    box: tuple[_Number, _Number, _Number, _Number] | None = None
    text: str | None = None
    field: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.quad is None) == (self.box is None):
            raise ValueError("give either quad or box")
        if self.box is not None and not (self.box[0] < self.box[2] and self.box[1] < self.box[3]):
            raise ValueError("box must be x0, y0, x1, y1 with x0 < x1 and y0 < y1")
        if self.quad is not None and _signed_area(self.quad) <= 0:
            raise ValueError(
                "the corners of quad must run top left, top right, bottom right, bottom left"
            )
        return self

    def corners(self) -> tuple[tuple[float, float], ...]:
        """The corners as `schemas.picture.Word.quad` has them."""
        if self.quad is not None:
            return self.quad
        assert self.box is not None  # `_one_place` has seen to it.
        return box_quad(*self.box)


_WORDS = TypeAdapter(list[SidecarWord])


def parse_words(data: bytes, height: int, width: int) -> tuple[Word, ...]:
    """The words in the bytes of a `.words.json` file, for a picture of this size.

    Raises `UnreadablePicture` with the reason `bad_words_sidecar` and what is wrong with which
    entry.
    """
    try:
        entries = _WORDS.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        where = f"entry {place}: " if place else ""
        raise UnreadablePicture(
            "bad_words_sidecar", f"{WORDS_SUFFIX}: {where}{first['msg']}"
        ) from error
    for index, entry in enumerate(entries):
        if not all(-1 <= x <= width + 1 and -1 <= y <= height + 1 for x, y in entry.corners()):
            raise UnreadablePicture(
                "bad_words_sidecar",
                f"{WORDS_SUFFIX}: entry {index} lies outside the picture, "
                f"which is {width} by {height} pixels when upright",
            )
    return tuple(Word(entry.corners(), entry.text, entry.field) for entry in entries)


def _signed_area(quad: tuple[_Point, _Point, _Point, _Point]) -> float:
    """Twice the area, above 0 where the corners run clockwise as seen (y points down)."""
    turned = (*quad[1:], quad[0])
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(quad, turned, strict=True))
