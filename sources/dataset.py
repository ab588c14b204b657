"""Reads the pictures of a data set in Hugging Face's sense, on the hub or in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import fsspec

from schemas.errors import RecipeError
from schemas.identity import digest, unit_interval
from schemas.picture import Picture, Pixels, RejectedSource, Word
from schemas.recipe.datasets import Scalar
from schemas.recipe.sources import DatasetSource
from schemas.vocabulary import Domain
from sources.annotations import cord
from sources.annotations.reader import Frame
from sources.cutting import Origin, cut_pictures
from sources.dataset_rows import Row, Rows, local_folder, open_rows
from sources.marks import Marks
from sources.words import words_by

_DIGITS = 9


class DatasetPictures:
    """Reads a `DatasetSource`. Origins are `<name>[:<config>]@<revision>/<split>/<row>`.

    The row counts from 0 in the order of the data set. A folder that is no data set of the hub has
    no revision: `<folder's name>/<split>/<row>`.
    """

    def __init__(self, entry: DatasetSource, seed: int) -> None:
        self._entry = entry
        self._seed = seed

    def origins(self) -> Sequence[str]:
        """The rows that are wanted, in order: all, the first ones of a stream, or drawn ones.

        Raises `RecipeError` where there is no such data set, split or column, or no row has the
        wanted values, and `StorageError` where the hub cannot be reached.
        """
        limit = self._entry.limit
        found: list[str] = []
        for number in self._matching():
            found.append(self._origin(number))
            if self._entry.streaming and len(found) == limit:
                break
        if not found:
            raise RecipeError(
                f"sources: no row of {self._entry.path!r} has the values that `where` asks for"
                if self._entry.where
                else f"sources: the split {self._entry.subset!r} of {self._entry.path!r} is empty"
            )
        if limit is not None:
            found = sorted(found, key=lambda origin: (unit_interval(origin), origin))[:limit]
        return tuple(sorted(found))

    def signature(self, origin: str) -> str:
        """The revision, or, for a folder without one, what changes when any file in it does."""
        return self._signature

    def read(self, origin: str) -> Iterator[Picture | RejectedSource]:
        """The pictures of one row, or why it was rejected."""
        entry = self._entry
        row = self._rows.row(int(origin.rpartition("/")[2]))
        facts = {
            what: self._shown(row, column)
            for what, column in entry.columns.facts().items()
            if what != "words"
        }
        try:
            data = _encoded(row[entry.columns.image])
        except (ConnectionError, TimeoutError):
            raise  # The hub is away, not the picture bad: the next run tries again.
        except OSError as error:
            reason = error.strerror or type(error).__name__
            yield RejectedSource(origin, "unreadable", f"the file could not be read: {reason}")
            return
        if data is None:
            yield RejectedSource(origin, "empty", "the row holds no picture")
            return

        def marks_of(pixels: Pixels) -> Marks:
            if entry.domain is not Domain.DOCUMENT:
                return Marks()
            words: tuple[Word, ...] = ()
            if entry.columns.words is not None and (text := row[entry.columns.words]):
                words = cord.marks(
                    (str(text).encode(),), Frame(pixels.shape[0], pixels.shape[1])
                ).words
            return Marks(words or words_by(entry.ocr, pixels))

        identity = facts.get("identity")
        file = Origin(
            name=origin,
            data=data,
            domain=entry.domain,
            group=entry.group or (f"identity:{identity}" if identity else origin),
            licence=facts.get("licence") or entry.licence,
            attribution=facts.get("attribution") or entry.attribution,
            consent=entry.consent,
            identity=identity,
            caption=facts.get("caption"),
            face_detector=entry.face_detector,
            face_landmarks=entry.face_landmarks,
        )
        yield from cut_pictures(file, entry.crops, self._seed, marks_of)

    def _matching(self) -> Iterator[int]:
        """The numbers of the rows with the wanted values."""
        where = {
            column: values if isinstance(values, tuple) else (values,)
            for column, values in self._entry.where.items()
        }
        for number, row in enumerate(self._rows.light(tuple(where))):
            if all(self._has(row, column, values) for column, values in where.items()):
                yield number

    def _has(self, row: Row, column: str, values: Sequence[Scalar]) -> bool:
        return row[column] in values or self._shown(row, column) in values

    def _shown(self, row: Row, column: str) -> str | None:
        """A value as text, that of a class by its name; None where nothing is there."""
        value, feature = row[column], self._rows.features[column]
        if isinstance(value, list):  # Several captions of one picture.
            value = value[0] if value else None
        if hasattr(feature, "int2str") and isinstance(value, int) and value >= 0:
            value = feature.int2str(value)
        return (str(value).strip() or None) if value is not None else None

    def _origin(self, number: int) -> str:
        entry = self._entry
        folder = local_folder(entry)
        name = Path(folder).name if folder else entry.path
        name += (f":{entry.config}" if entry.config else "") + (
            f"@{entry.revision}" if entry.revision else ""
        )
        return f"{name}/{entry.subset}/{number:0{_DIGITS}d}"

    @cached_property
    def _rows(self) -> Rows:
        return open_rows(self._entry.model_dump_json(), self._signature)

    @cached_property
    def _signature(self) -> str:
        folder = local_folder(self._entry)
        return str(self._entry.revision) if folder is None else _stamps(folder)


def _encoded(value: Any) -> bytes | None:
    """The bytes of a picture: as they are, of a struct with `bytes` or `path`, or None."""
    if isinstance(value, Mapping):
        data, path = value.get("bytes"), value.get("path")
        if data is None and path:
            with fsspec.open(path, "rb") as file:
                content: bytes = file.read()
            return content
        value = data
    if value is not None and not isinstance(value, bytes):
        raise RecipeError(
            f"sources: the image column holds {type(value).__name__}, not pictures; name the right "
            f"one as columns.image"
        )
    return value or None


def _stamps(folder: str) -> str:
    """What changes when a file in the folder is added, removed or written."""
    found = []
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            known = os.stat(path)
            found.append((os.path.relpath(path, folder), known.st_size, known.st_mtime_ns))
    return digest(sorted(found))[:20]
