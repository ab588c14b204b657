"""A set of picture files: a folder on a disk or in an object store, with the folders in it."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from storage.files import location
from storage.picture_sets.contract import StoredPicture
from storage.picture_sets.listing import cut, list_files
from storage.reading import EXTENSIONS
from storage.stamps import stamp

_TO = " … "


@dataclass(frozen=True, slots=True)
class FolderSet:
    """The pictures below `name`, a path or URL. A piece is a stretch of the sorted listing."""

    name: str
    token: str

    def pictures(self) -> tuple[str, ...]:
        """Every picture by its path within the folder, sorted."""
        return tuple(name for name in list_files(self.name, self.token) if is_picture(name))

    def pieces(self) -> Sequence[str]:
        """Stretches, each named by its first and last picture."""
        names = self.pictures()
        return tuple(f"{names[first]}{_TO}{names[end - 1]}" for first, end in cut(names))

    def read(self, piece: str, columns: Sequence[str] | None = None) -> Iterator[StoredPicture]:
        """The pictures of one stretch; `folder` is the one fact there may be."""
        yield from self._open(self._names(piece), columns is None or "folder" in columns)

    def named(self, piece: str, keys: Collection[str]) -> Iterator[StoredPicture]:
        """Those pictures of one stretch that have one of these names."""
        yield from self._open((name for name in self._names(piece) if name in keys), False)

    def _open(self, names: Iterable[str], with_folder: bool) -> Iterator[StoredPicture]:
        root = location(self.name)
        for name in names:
            folder, _, rest = name.partition("/")
            facts = {"folder": folder} if rest and with_folder else {}
            try:
                yield StoredPicture(name, (root / name).read_bytes(), facts)
            except OSError as error:
                said = error.strerror or type(error).__name__
                yield StoredPicture(name, b"", facts, f"the file could not be read: {said}")

    def stamp(self, piece: str) -> str:
        """A hash of the names, sizes and times of the stretch's files."""
        root = location(self.name)
        hasher = hashlib.sha256()
        for name in self._names(piece):
            hasher.update(f"{name}\0{stamp(root / name)}\0".encode("utf-8", "surrogateescape"))
        return hasher.hexdigest()[:20]

    def _names(self, piece: str) -> Sequence[str]:
        first, _, last = piece.partition(_TO)
        names = list_files(self.name, self.token)
        stretch = names[bisect_left(names, first) : bisect_right(names, last)]
        return [name for name in stretch if is_picture(name)]


def is_picture(name: str) -> bool:
    """Whether a file's name ends like a picture's."""
    return name.lower().endswith(EXTENSIONS)
