"""Annotations of many pictures in one file, read once in a process and looked up by picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from upath import UPath

from schemas.errors import RecipeError
from schemas.identity import hash_bytes
from sources.annotations.naming import Names, cleaned
from sources.annotations.reader import Frame
from sources.marks import Marks, Notes
from storage.stamps import stamp


@dataclass(frozen=True)
class FileFormat:
    """A format that has one file for many pictures.

    `index` parts the file's bytes into (name of a picture, what is said of it as JSON bytes) and
    raises ValueError, saying what is wrong, where it is not of the format. The rest reads such a
    piece.
    """

    index: Callable[[bytes], Iterator[tuple[str, bytes]]]
    notes: Callable[[bytes], Notes] = lambda _: Notes()
    marks: Callable[[bytes, Frame], Marks] = lambda _, __: Marks()


class OneFile:
    """Reads a file of a `FileFormat`."""

    def __init__(self, name: str, path: UPath, form: FileFormat) -> None:
        self.name = name
        self._path = path
        self._form = form

    def notes(self, picture: str) -> Notes:
        """What is known of the whole picture."""
        piece = self._piece(picture)
        return Notes() if piece is None else self._form.notes(piece)

    def marks(self, picture: str, frame: Frame) -> Marks:
        """What is known of places in it."""
        piece = self._piece(picture)
        return Marks() if piece is None else self._form.marks(piece, frame)

    def signature(self, picture: str) -> str:
        """The hash of what is said of this picture alone."""
        piece = self._piece(picture)
        return "-" if piece is None else hash_bytes(piece)[:16]

    def owns(self, name: str) -> bool:
        """No file of this kind is named like a picture."""
        return False

    def missing(self, pictures: Sequence[str]) -> Sequence[str]:
        """What the file names that is not among `pictures`."""
        return self._read()[1].missing(pictures, self.name)

    def _piece(self, picture: str) -> bytes | None:
        pieces, names = self._read()
        name = names.of(picture)
        return None if name is None else pieces[name]

    def _read(self) -> tuple[Mapping[str, bytes], Names]:
        return _index(self._path, stamp(self._path), self._form.index, self.name)


@lru_cache(maxsize=8)
def _index(
    path: UPath, _: str, index: Callable[[bytes], Iterator[tuple[str, bytes]]], name: str
) -> tuple[Mapping[str, bytes], Names]:
    # Every part of a stage makes a reader of its own; the file is parsed once for all of them.
    # What is said of a picture is kept as bytes: a tenth of what the parsed objects would take.
    try:
        data = path.read_bytes()
    except (ConnectionError, TimeoutError):
        raise
    except OSError as error:
        raise RecipeError(
            f"sources: the annotations {path} cannot be read ({error.strerror or error}); "
            f"their path is taken from the folder of the pictures"
        ) from error
    pieces: dict[str, bytes] = {}
    try:
        for written, piece in index(data):
            key = cleaned(written)
            if key in pieces:
                raise ValueError(f"it names {key!r} twice")
            pieces[key] = piece
    except KeyError as error:
        raise RecipeError(f"sources: {name} is not of its format: {error} is missing") from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise RecipeError(f"sources: {name} is not of its format: {error}") from error
    return pieces, Names(pieces)
