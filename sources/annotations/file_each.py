"""Annotations in files of their own, one or more for each picture, named like the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from upath import UPath

from schemas.errors import RecipeError
from sources.annotations.naming import Names, endings
from sources.annotations.reader import Frame, bad
from sources.marks import Marks, Notes
from storage.stamps import stamp

Files = tuple[bytes | None, ...]
"""The files about one picture in the order of a reader's places; None where there is none."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where files about pictures lie: `<stem><suffix>` in `folder`, with one of the suffixes.

    They may lie there in the same folders as the pictures, or all in one.
    """

    folder: UPath
    suffixes: tuple[str, ...]


class FileEach:
    """Reads files at one or more places, the first of which is the main one.

    `root` is the folder of the pictures. `marks` and `notes` get the files of one picture.
    """

    def __init__(
        self,
        name: str,
        root: UPath,
        places: Sequence[Place],
        *,
        marks: Callable[[Files, Frame], Marks] = lambda _, __: Marks(),
        notes: Callable[[Files], Notes] = lambda _: Notes(),
    ) -> None:
        self.name = name
        self._root = root
        self._places = tuple(places)
        self._marks = marks
        self._notes = notes

    def notes(self, picture: str) -> Notes:
        """What is known of the whole picture."""
        return self._notes(self._files(picture))

    def marks(self, picture: str, frame: Frame) -> Marks:
        """What is known of places in it."""
        return self._marks(self._files(picture), frame)

    def signature(self, picture: str) -> str:
        """Size and time of the last change of the files about it."""
        paths = [self._find(place, picture) for place in self._places]
        return " ".join("-" if path is None else stamp(path) for path in paths)

    def owns(self, name: str) -> bool:
        """Whether a file of the folder lies at one of the places and ends as files there do."""
        path = str(self._root / name)
        return any(
            path.startswith(f"{place.folder}/") and name.endswith(place.suffixes)
            for place in self._places
        )

    def missing(self, pictures: Sequence[str]) -> Sequence[str]:
        """The files at the main place, without their suffix, that are about none of `pictures`."""
        main = self._places[0]
        if not main.folder.is_dir():
            raise RecipeError(
                f"sources: there is no folder {main.folder} for {self.name}; its path is taken "
                f"from the folder of the pictures"
            )
        found = set()
        base = main.folder.fs._strip_protocol(main.folder.path).rstrip("/")
        for file in main.folder.fs.find(base):
            within = str(file)[len(base) :].lstrip("/")
            suffix = next((end for end in main.suffixes if within.endswith(end)), None)
            if suffix is not None:
                found.add(within.removesuffix(suffix))
        if not found:
            raise RecipeError(
                f"sources: the folder {main.folder} holds no file for {self.name} "
                f"(*{' or *'.join(main.suffixes)})"
            )
        return Names(sorted(found)).missing([_stem(name) for name in pictures], self.name)

    def _files(self, picture: str) -> Files:
        try:
            paths = [self._find(place, picture) for place in self._places]
            return tuple(None if path is None else path.read_bytes() for path in paths)
        except (ConnectionError, TimeoutError):
            raise  # The store is away, not the file bad: the next run tries again.
        except OSError as error:
            raise bad(f"a file cannot be read: {error.strerror or error}") from error

    def _find(self, place: Place, picture: str) -> UPath | None:
        for ending in endings(_stem(picture)):
            for suffix in place.suffixes:
                path = place.folder / (ending + suffix)
                if path.is_file():
                    return path
        return None


def _stem(name: str) -> str:
    head, _, last = name.rpartition("/")
    stem = last.rpartition(".")[0] or last
    return f"{head}/{stem}" if head else stem


def text_of(data: bytes) -> str:
    """Text in UTF-8, with or without a byte-order mark, or else in Latin-1, as old sets have it."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
