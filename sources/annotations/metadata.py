"""`metadata.jsonl` and `metadata.csv` as Hugging Face's ImageFolder has them: a row a picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from pydantic_core import from_json, to_json

from schemas.recipe.annotations import PictureFact
from schemas.vocabulary import Consent
from sources.annotations.file_each import text_of
from sources.annotations.one_file import FileFormat
from sources.annotations.reader import bad
from sources.marks import Notes

COLUMNS: dict[PictureFact, tuple[str, ...]] = {
    "caption": ("caption", "text"),
    "identity": ("identity", "person"),
    "licence": ("licence", "license"),
    "attribution": ("attribution", "author"),
    "consent": ("consent",),
}
"""What may be said of a picture, and the columns in which it is looked for, the first first."""


def metadata_format(columns: Mapping[PictureFact, str]) -> FileFormat:
    """The format where `columns` names the columns of some of `COLUMNS`. Others are ignored."""
    return FileFormat(partial(index, tuple(sorted(columns.items()))), notes)


def index(columns: tuple[tuple[PictureFact, str], ...], data: bytes) -> Iterator[tuple[str, bytes]]:
    """What the file says of each picture. Raises ValueError that names the line."""
    text = text_of(data)
    lines = _json_lines(text) if text.lstrip()[:1] in ("{", "") else _csv_rows(text)
    named = dict(columns)
    for number, row in lines:
        name = row.get("file_name")
        if not isinstance(name, str) or not name:
            raise ValueError(f"line {number} has no `file_name`")
        piece = {}
        for what, usual in COLUMNS.items():
            if what in named and named[what] not in row:
                raise ValueError(f"line {number} has no column {named[what]!r}")
            values = [row.get(column) for column in ((named[what],) if what in named else usual)]
            value = next((value for value in values if value not in (None, "")), None)
            if value is not None:
                piece[what] = str(value).strip()
        yield name, to_json(piece)


def notes(piece: bytes) -> Notes:
    """The row of one picture."""
    known = from_json(piece)
    consent = known.pop("consent", None)
    if consent is not None and consent not in set(Consent):
        raise bad(f"consent is {consent!r}; one of {', '.join(Consent)} is wanted")
    return Notes(**known, consent=None if consent is None else Consent(consent))


def _json_lines(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = from_json(line)
        except ValueError as error:
            raise ValueError(f"line {number} is no JSON: {error}") from error
        if not isinstance(row, dict):
            raise ValueError(f"line {number} is no JSON object")
        yield number, row


def _csv_rows(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    table = csv.DictReader(io.StringIO(text, newline=""))
    for row in table:
        yield table.line_num, row
