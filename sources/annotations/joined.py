"""All annotations of a folder together, as the reader of the folder asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from functools import cached_property
from typing import Any

from upath import UPath

from schemas.errors import RecipeError
from schemas.picture import Mask, Word
from schemas.recipe.annotations import Annotations
from sources.annotations.opening import detect, open_annotations
from sources.annotations.reader import AnnotationReader, Frame
from sources.marks import Marks, Notes
from storage.reading import UnreadablePicture


class JoinedAnnotations:
    """What all `entries` say of the pictures in the folder `root`; what is detected where None.

    Objects are gathered from all of them. Of words and of facts those of the first entry count
    that has any. Constructing it reads nothing.
    """

    def __init__(self, root: UPath, entries: Sequence[Annotations] | None) -> None:
        self._root = root
        self._entries = entries

    @cached_property
    def _readers(self) -> Mapping[str, tuple[Annotations, AnnotationReader]]:
        entries = detect(self._root) if self._entries is None else self._entries
        readers: dict[str, tuple[Annotations, AnnotationReader]] = {}
        for entry in entries:
            reader = open_annotations(self._root, entry)
            if reader.name in readers:
                raise RecipeError(f"sources: two entries of annotations are both {reader.name}")
            readers[reader.name] = (entry, reader)
        return readers

    def notes(self, picture: str) -> Notes:
        """What is known of the whole. Raises `UnreadablePicture` (`bad_annotations`)."""
        known: dict[str, Any] = {}
        for _, reader in self._readers.values():
            with _named(reader):
                found = reader.notes(picture)
            for field in fields(Notes):
                value = getattr(found, field.name)
                if value is not None:
                    known.setdefault(field.name, value)
        return Notes(**known)

    def marks(self, picture: str, height: int, width: int) -> Marks:
        """What is known of places in it, upright. Raises `UnreadablePicture`."""
        words: tuple[Word, ...] = ()
        instances: list[tuple[Mask, str | None]] = []
        for entry, reader in self._readers.values():
            with _named(reader):
                marks = reader.marks(picture, Frame(height, width, entry.rescale))
            words = words or marks.words
            instances += [(mask, label or entry.label) for mask, label in marks.instances]
        return Marks(words, tuple(instances))

    def signature(self, picture: str) -> str:
        """What changes when the annotations of this picture do."""
        return " ".join(reader.signature(picture) for _, reader in self._readers.values())

    def owns(self, name: str) -> bool:
        """Whether a file of the folder is itself an annotation, though named like a picture."""
        return any(reader.owns(name) for _, reader in self._readers.values())

    def missing(self, pictures: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """By the name of the annotations: what they are about and what is not among `pictures`.

        Raises `RecipeError` where annotations cannot be read or fit none of the pictures.
        """
        return {
            name: found
            for name, (_, reader) in self._readers.items()
            if (found := reader.missing(pictures))
        }


@contextmanager
def _named(reader: AnnotationReader) -> Iterator[None]:
    try:
        yield
    except UnreadablePicture as error:
        raise UnreadablePicture(error.reason, f"{reader.name}: {error.detail}") from error
