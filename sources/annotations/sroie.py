"""SROIE's files: a line of text with its corners in each row, and the key fields of the receipt.

Huang et al., "ICDAR2019 Competition on Scanned Receipt OCR and Information Extraction".
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping

from pydantic import TypeAdapter

from sources.annotations.file_each import Files, text_of
from sources.annotations.reader import Frame, bad, validated
from sources.annotations.shapes import Point, word_at
from sources.marks import Marks

_FIELDS = TypeAdapter(dict[str, str])


def marks(files: Files, frame: Frame) -> Marks:
    """The lines of text, each as one word; those that hold a key field's value carry its name.

    A row is `x1,y1,x2,y2,x3,y3,x4,y4,text`, and the text may hold commas.
    """
    lines, keys = files
    if lines is None:
        return Marks()
    fields = {} if keys is None else validated(_FIELDS, text_of(keys).encode())
    words = [word_at(corners, frame, text, _field(text, fields)) for corners, text in _rows(lines)]
    return Marks(tuple(word for word in words if word is not None))


def _rows(data: bytes) -> Iterator[tuple[list[Point], str]]:
    for number, line in enumerate(text_of(data).splitlines(), start=1):
        if not line.strip():
            continue
        parts = line.split(",", 8)
        try:
            numbers = [float(part) for part in parts[:8]]
            text = parts[8]
        except (ValueError, IndexError) as error:
            raise bad(f"line {number} is not eight numbers and a text: {line[:60]!r}") from error
        if text.startswith('"'):
            text = next(csv.reader([text]), [""])[0] if text.endswith('"') else text
        yield list(zip(numbers[::2], numbers[1::2], strict=True)), text


def _field(text: str, fields: Mapping[str, str]) -> str | None:
    """The field whose value this line is, begins or, for an address, is a part of."""
    line = _bare(text)
    for name, value in sorted(fields.items()):
        wanted = _bare(value)
        if (
            wanted
            and line
            and (
                line == wanted
                or (len(wanted) >= 4 and wanted in line)
                or (len(line) >= 6 and line in wanted)
            )
        ):
            return name
    return None


def _bare(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter.isalnum() or letter == ".")
