"""Finds the folders and files of a benchmark, and says clearly where something is missing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from schemas.errors import StorageError
from storage.files import explained
from storage.reading import EXTENSIONS


def begin(folder: Path, fits: Callable[[Path], bool], depth: int = 1) -> Path | None:
    """`folder`, or the first folder at most `depth` levels below it, that `fits`.

    Archives often unpack into a folder of their own; more than that is not guessed.
    """
    level = [folder]
    for _ in range(depth + 1):
        for candidate in level:
            if fits(candidate):
                return candidate
        level = [below for parent in level for below in folders(parent)]
    return None


def folders(folder: Path) -> list[Path]:
    """The folders in `folder`, sorted, without hidden ones."""
    if not folder.is_dir():
        return []
    with explained(f"listing {folder}"):
        return sorted(
            entry for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != "."
        )


def files(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """The files in `folder` whose names end so, in lower case; sorted, without hidden ones."""
    if not folder.is_dir():
        return []
    with explained(f"listing {folder}"):
        return sorted(
            entry
            for entry in folder.iterdir()
            if entry.name.lower().endswith(endings) and entry.name[0] != "." and entry.is_file()
        )


def pictures(folder: Path, *, deep: bool = False) -> list[Path]:
    """The pictures in `folder`, sorted; `deep`: in the folders below it as well."""
    found = files(folder, EXTENSIONS)
    if deep:
        found += [path for below in folders(folder) for path in pictures(below, deep=True)]
    return found


def key_of(path: Path, root: Path) -> str:
    """A file's path within `root`, with slashes."""
    return path.relative_to(root).as_posix()


def required(root: Path | None, layout: str, folder: Path, distribution: str) -> Path:
    """`root`; `StorageError` where it is None, which says what the folder should hold."""
    if root is None:
        raise StorageError(f"{folder} does not hold {layout}: {distribution}")
    return root


def chosen(split: str | None, known: tuple[str, ...], layout: str) -> str:
    """The split that is meant: the first one for None. `StorageError` names the known ones."""
    if not known:
        raise StorageError(f"{layout} has no pictures here; unpack one of its parts")
    if split is None:
        return known[0]
    if split not in known:
        raise StorageError(f"{layout} has no split {split!r} here; choose of {', '.join(known)}")
    return split


def read_json(path: Path) -> Any:
    """A JSON file's value. Raises `StorageError`."""
    try:
        with explained(f"reading {path}"):
            return json.loads(path.read_bytes())
    except ValueError as error:
        raise StorageError(f"{path} is no valid JSON: {error}; fetch it again") from error


def read_table(path: Path, delimiter: str, columns: Iterable[str]) -> Iterator[Mapping[str, str]]:
    """The rows of a table with a header. `StorageError` where one of `columns` is not there."""
    with explained(f"reading {path}"):
        text = path.read_bytes().decode("utf-8-sig", "replace")
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter, restval="")
    header = list(rows.fieldnames or ())
    missing = [column for column in columns if column not in header]
    if missing:
        raise StorageError(
            f"{path} has no column {', '.join(missing)}: its columns are {', '.join(header)}"
        )
    yield from rows


class Relocation:
    """Finds files that a list names by paths of the machine it was written on.

    The longest end of a listed path that exists below one of `roots` is the file. How much was
    cut off is remembered, so that a list of many files costs one look-up each. A name alone is
    never enough where folders were listed too: frames of all videos are called alike.
    """

    def __init__(self, *roots: Path) -> None:
        self._roots = roots
        self._last: tuple[Path, int] | None = None

    def find(self, listed: str) -> Path | None:
        """The file; None where it is nowhere below the roots."""
        parts = [part for part in listed.replace("\\", "/").split("/") if part not in ("", ".")]
        # No list may reach out of the benchmark's folder.
        if not parts or ".." in parts:
            return None
        cuts = range(max(1, len(parts) - 1))
        if self._last is not None:
            root, cut = self._last
            if cut in cuts and (path := root.joinpath(*parts[cut:])).is_file():
                return path
        for cut in cuts:
            for root in self._roots:
                path = root.joinpath(*parts[cut:])
                if path.is_file():
                    self._last = (root, cut)
                    return path
        return None

    def locate(self, listed: str) -> tuple[Path, str]:
        """The file and "", or where it was looked for first and a sentence that says so."""
        path = self.find(listed)
        if path is not None:
            return path, ""
        name = PurePosixPath(listed.replace("\\", "/")).name
        roots = ", ".join(str(root) for root in self._roots)
        return (
            self._roots[0] / (name or "unnamed"),
            f"{listed} is listed, but neither it nor an end of its path is below {roots}; "
            "unpack the archive that holds it or move it there",
        )
