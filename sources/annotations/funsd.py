"""FUNSD's JSON: the words of a form with their boxes, grouped into questions and answers.

Jaume, Ekenel and Thiran, "FUNSD: A Dataset for Form Understanding in Noisy Scanned Documents",
ICDAR-OST 2019.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter

from schemas.picture import Word
from sources.annotations.file_each import Files
from sources.annotations.reader import Frame, validated
from sources.annotations.shapes import word_at
from sources.marks import Marks
from sources.words import box_quad

_Number = Annotated[float, Field(allow_inf_nan=False)]
_Box = tuple[_Number, _Number, _Number, _Number]


class _Word(BaseModel):
    box: _Box
    text: str


class _Entity(BaseModel):
    id: int
    label: str
    text: str = ""
    words: list[_Word]
    linking: list[tuple[int, int]] = []


class _Form(BaseModel):
    form: list[_Entity]


_FORM = TypeAdapter(_Form)


def marks(files: Files, frame: Frame) -> Marks:
    """The words; those of an answer carry its question as their field, where they are linked."""
    (data,) = files
    if data is None:
        return Marks()
    entities = validated(_FORM, data).form
    questions = {each.id: each.text for each in entities if each.label == "question"}
    words = []
    for each in entities:
        asked = [questions[a] for a, b in sorted(each.linking) if b == each.id and a in questions]
        field = _field(asked[0]) if each.label == "answer" and asked else None
        words += [_word(word, field, frame) for word in each.words]
    return Marks(tuple(word for word in words if word is not None))


def _word(word: _Word, field: str | None, frame: Frame) -> Word | None:
    return word_at(box_quad(*word.box), frame, word.text, field)


def _field(question: str) -> str | None:
    return question.strip().rstrip(":").strip().lower() or None
