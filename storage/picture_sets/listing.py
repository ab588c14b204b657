"""Lists the files of a folder once in a process, and cuts long lists where the names say so."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import count

from upath import UPath

from schemas.errors import StorageError
from storage.files import explained, is_local, location

_USUAL = 96
_MOST = 256
_openings = count()


def new_token() -> str:
    """A name for one opening of a set: its listing is made once in each process."""
    return f"{os.getpid()}-{next(_openings)}"


@lru_cache(maxsize=8)
def list_files(root: str, token: str) -> tuple[str, ...]:
    """The files below `root`, a path or URL, by their path within it, sorted.

    Files and folders whose name begins with a dot are left out. Raises `StorageError`.
    """
    path = location(root)
    with explained(f"listing {root}"):
        names = _walk(path.path) if is_local(path) else _find(path)
        return tuple(sorted(names))


def _walk(root: str) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise StorageError(
            f"{error.filename} may not be listed: {error.strerror}. Change its permissions or move "
            "it away: a folder that is passed over would be missing without a word"
        ) from error

    # Links to folders are followed, as people expect, but each folder is entered once.
    seen: set[tuple[int, int]] = set()
    for folder, folders, files in os.walk(root, followlinks=True, onerror=refuse):
        known = os.stat(folder)
        if (known.st_dev, known.st_ino) in seen:
            folders.clear()
            continue
        seen.add((known.st_dev, known.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        within = os.path.relpath(folder, root)
        for name in files:
            if not name.startswith("."):
                yield name if within == "." else f"{within}/{name}".replace(os.sep, "/")


def _find(path: UPath) -> Iterator[str]:
    base = path.fs._strip_protocol(path.path).rstrip("/")
    for found in path.fs.find(base):
        name = str(found)[len(base) :].lstrip("/")
        if name and not any(part.startswith(".") for part in name.split("/")):
            yield name


def cut(names: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Stretches (first, end) of sorted `names`, about `_USUAL` long and at most `_MOST`.

    A stretch ends where a name's checksum says so, so that adding or removing a picture changes
    the stretch it lies in and leaves the others as they were.
    """
    first = 0
    for position, name in enumerate(names, start=1):
        ends = zlib.crc32(name.encode("utf-8", "surrogateescape")) % _USUAL == 0
        if ends or position - first == _MOST or position == len(names):
            yield first, position
            first = position
