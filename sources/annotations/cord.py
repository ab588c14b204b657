"""CORD's JSON: words with their corners in lines, each line with the category of its field.

Park et al., "CORD: A Consolidated Receipt Dataset for Post-OCR Parsing", NeurIPS workshop 2019.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter

from sources.annotations.file_each import Files
from sources.annotations.reader import Frame, validated
from sources.annotations.shapes import word_at
from sources.marks import Marks

_Number = Annotated[float, Field(allow_inf_nan=False)]


class _Quad(BaseModel):
    x1: _Number
    y1: _Number
    x2: _Number
    y2: _Number
    x3: _Number
    y3: _Number
    x4: _Number
    y4: _Number


class _Word(BaseModel):
    quad: _Quad
    text: str = ""
    is_key: int = 0


class _Line(BaseModel):
    words: list[_Word]
    category: str | None = None


class _Size(BaseModel):
    width: int
    height: int


class _Meta(BaseModel):
    image_size: _Size | None = None


class _Receipt(BaseModel):
    valid_line: list[_Line]
    meta: _Meta = _Meta()


_RECEIPT = TypeAdapter(_Receipt)


def marks(files: Files, frame: Frame) -> Marks:
    """The words; values carry the category of their line as field, keys ("Total:") do not."""
    (data,) = files
    if data is None:
        return Marks()
    receipt = validated(_RECEIPT, data)
    x, y = 1.0, 1.0
    if (size := receipt.meta.image_size) is not None:
        x, y = frame.scale(size.height, size.width)
    words = [
        word_at(
            [(px * x, py * y) for px, py in _corners(word.quad)],
            frame,
            word.text,
            None if word.is_key else line.category,
        )
        for line in receipt.valid_line
        for word in line.words
    ]
    return Marks(tuple(word for word in words if word is not None))


def _corners(q: _Quad) -> tuple[tuple[float, float], ...]:
    return (q.x1, q.y1), (q.x2, q.y2), (q.x3, q.y3), (q.x4, q.y4)
