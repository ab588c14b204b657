"""A caption in a text file beside its picture."""

from __future__ import annotations

from sources.annotations.file_each import Files, text_of
from sources.marks import Notes


def notes(files: Files) -> Notes:
    """The text, its lines joined."""
    (data,) = files
    return Notes() if data is None else Notes(caption=" ".join(text_of(data).split()) or None)
