"""Files that are there whole or not at all, locally and in object stores, with errors that help."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from upath import UPath

from schemas.errors import MissingExtraError, StorageError

PARTIAL = ".partial"
# Clients of object stores raise errors of their own that are no OSError.
_STORE_CLIENTS = frozenset({"aiobotocore", "aiohttp", "botocore"})
_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space and run the same command again",
    errno.EDQUOT: "the disk quota is used up; free some space and run the same command again",
    errno.EROFS: "the file system is read-only; choose another folder with --out",
    errno.EACCES: "permission was denied; choose another folder with --out or change its owner",
    errno.EPERM: "permission was denied; choose another folder with --out or change its owner",
    errno.ENOTDIR: "a file stands where a folder is wanted; choose another folder with --out",
    errno.EEXIST: "a file stands where a folder is wanted; choose another folder with --out",
}


def location(path: str | os.PathLike[str]) -> UPath:
    """A local path or an fsspec URL such as `s3://bucket/folder`, as one kind of path."""
    try:
        return UPath(path)
    except ImportError as error:
        raise MissingExtraError("s3", "s3fs", f"Reading {path}") from error
    except ValueError as error:
        raise StorageError(f"{path} is neither a path nor a known kind of URL: {error}") from error


def is_local(path: UPath) -> bool:
    """Whether `path` lies in the local file system, where renames are atomic."""
    return path.protocol in ("", "file", "local")


@contextmanager
def explained(action: str) -> Iterator[None]:
    """Turn an `OSError` inside into a `StorageError` that says what to do."""
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, str(error))
        raise StorageError(f"{action} failed: {advice}") from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in _STORE_CLIENTS:
            raise
        raise StorageError(
            f"{action} failed: {error}. Check the bucket's name, the endpoint and the credentials."
        ) from error


@contextmanager
def writing(path: UPath) -> Iterator[IO[bytes]]:
    """Open `path` for writing; it appears, whole and on disk, only when the block ends well.

    Locally: a temporary name beside it, fsync, rename, fsync of the folder. In an object store an
    upload is atomic by itself. Leftovers of a killed process end in `.partial`.
    """
    with explained(f"writing {path}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not is_local(path):
            with path.open("wb") as remote:
                yield remote
            return
        temporary = Path(f"{path.path}.{os.getpid()}{PARTIAL}")
        try:
            with temporary.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path.path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(Path(path.path).parent)


def sync_folder(folder: Path) -> None:
    """Put a folder's entries on disk, so that a rename in it survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_bytes(path: UPath, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all."""
    with writing(path) as file:
        file.write(data)


def read_bytes(path: UPath) -> bytes:
    """The bytes of `path`. Raises `StorageError`."""
    with explained(f"reading {path}"):
        data: bytes = path.read_bytes()
        return data


def hash_file(path: UPath) -> str:
    """SHA-256 of a file as 64 hex digits, read in pieces."""
    hasher = hashlib.sha256()
    with explained(f"reading {path}"), path.open("rb") as file:
        while piece := file.read(1 << 20):
            hasher.update(piece)
    return hasher.hexdigest()


def remove_partials(folder: UPath) -> None:
    """Remove what killed processes left behind. Only for the holder of the run's lock."""
    if is_local(folder) and folder.exists():
        with explained(f"clearing {folder}"):
            for leftover in Path(folder.path).rglob(f"*{PARTIAL}"):
                if leftover.is_file():
                    leftover.unlink()
