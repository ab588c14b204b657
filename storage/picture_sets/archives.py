"""A set of pictures in tar or zip files, as webdataset writes them or as anybody packs a folder."""

from __future__ import annotations

import json
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from schemas.errors import StorageError
from storage.files import explained, location
from storage.picture_sets.contract import StoredPicture
from storage.picture_sets.folder import is_picture
from storage.stamps import stamp

ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
"""How names of archives end, in lower case."""
_FACTS = (".json", ".txt", ".cls")


@dataclass(frozen=True, slots=True)
class ArchiveSet:
    """The pictures of archives. A piece is an archive.

    A key is the path within the archive, behind the archive's name where there are several. Files
    that follow one another and share the path up to the name's first dot are one sample:
    its `.json` object, `.txt` and `.cls` are facts of its picture. Where such a sample has several
    pictures, `image_column` names the ending of the right one.
    """

    name: str
    root: str
    files: tuple[str, ...]
    image_column: str | None = None

    def pieces(self) -> Sequence[str]:
        """The archives, in order."""
        return self.files

    def read(self, piece: str, columns: Sequence[str] | None = None) -> Iterator[StoredPicture]:
        """The pictures of one archive, read from its beginning to its end."""
        path = f"{self.root}/{piece}" if self.root else piece
        before = f"{piece}/" if len(self.files) > 1 else ""
        try:
            with explained(f"reading {path}"):
                for _, members in groupby(_members(path), key=lambda member: _sample(member[0])):
                    for one in self._pictures(list(members), path):
                        yield StoredPicture(
                            before + one.key, one.data, _some(one.facts, columns), one.problem
                        )
        except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise StorageError(
                f"{path} is a broken archive: {error}. Fetch it again or move it away"
            ) from error

    def stamp(self, piece: str) -> str:
        """Size and time of the archive."""
        path = f"{self.root}/{piece}" if self.root else piece
        return f"{stamp(location(path))} {self.image_column}"

    def _pictures(
        self, members: Sequence[tuple[str, bytes, str]], path: str
    ) -> Iterator[StoredPicture]:
        """The pictures of one sample, which is a picture alone where nothing stands beside it."""
        pictures = [member for member in members if is_picture(member[0])]
        facts = _facts(member for member in members if not is_picture(member[0]))
        if self.image_column is not None:
            ending = "." + self.image_column.lstrip(".")
            pictures = [member for member in pictures if _ending(member[0]) == ending]
        elif len(pictures) > 1 and facts:
            endings = ", ".join(_ending(name)[1:] for name, _, _ in pictures)
            raise StorageError(
                f"{path} has several pictures to a sample ({endings}): name one with --image-column"
            )
        for name, data, problem in pictures:
            folder, _, rest = name.partition("/")
            yield StoredPicture(name, data, {"folder": folder} | facts if rest else facts, problem)


def _some(facts: Mapping[str, Any], columns: Sequence[str] | None) -> Mapping[str, Any]:
    return facts if columns is None else {k: v for k, v in facts.items() if k in columns}


def _facts(members: Iterable[tuple[str, bytes, str]]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, data, _ in members:
        ending = _ending(name)
        if ending not in _FACTS:
            continue
        text = data.decode("utf-8", "replace").strip()
        told: Any = text
        if ending == ".json":
            try:
                told = json.loads(text)
            except ValueError:
                told = text
        facts |= told if isinstance(told, Mapping) else {ending[1:]: told}
    return facts


def _members(path: str) -> Iterator[tuple[str, bytes, str]]:
    """Name, bytes and, where these could not be had, the reason, of every file that matters."""
    with location(path).open("rb") as file:
        if path.lower().endswith(".zip"):
            with zipfile.ZipFile(file) as archive:
                for info in sorted(archive.infolist(), key=lambda info: info.filename):
                    if not info.is_dir() and _matters(info.filename):
                        try:
                            yield info.filename, archive.read(info), ""
                        except (zipfile.BadZipFile, zlib.error, RuntimeError) as error:
                            # Broken or encrypted: the others may be whole.
                            yield info.filename, b"", f"it could not be unpacked: {error}"
            return
        # As a stream, so that an archive in an object store is read once, in order.
        with tarfile.open(fileobj=file, mode="r|*") as stream:
            for member in stream:
                content = stream.extractfile(member) if member.isfile() else None
                if content is not None and _matters(member.name):
                    yield member.name.removeprefix("./"), content.read(), ""


def _matters(name: str) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in name.removeprefix("./").split("/"))
    return not hidden and (is_picture(name) or name.lower().endswith(_FACTS))


def _sample(name: str) -> str:
    folder, slash, file = name.rpartition("/")
    return folder + slash + file.partition(".")[0]


def _ending(name: str) -> str:
    return name[len(_sample(name)) :].lower()
