"""Reads the pictures of a folder of the user's, on a disk or in an object store."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property

from upath import UPath

from schemas.errors import CounterfoilError, MissingExtraError, RecipeError
from schemas.identity import unit_interval
from schemas.picture import Mask, Picture, Pixels, RejectedSource, Word
from schemas.recipe.sources import FolderSource
from schemas.vocabulary import Domain
from sources.cutting import Marks, Origin, cut_pictures
from sources.reading import read_mask
from sources.sidecars import MASK_SUFFIX, WORDS_SUFFIX, parse_words
from sources.words import find_words, read_words

EXTENSIONS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"})
"""What is taken for a picture, whatever the case of its letters. All other files are ignored."""


class FolderPictures:
    """Reads a `FolderSource`. Origins are the folder's name and the path within it.

    Beside a picture may lie `<stem>.words.json` (a list of objects with `quad` or `box`, `text`
    and `field`; see `sources.sidecars.SidecarWord`) and `<stem>.mask.png` (not zero where an
    object is), both for the picture as it is seen upright. Files and folders whose name begins
    with a dot are ignored.
    """

    def __init__(self, entry: FolderSource, seed: int) -> None:
        self._entry = entry
        self._seed = seed

    def origins(self) -> Sequence[str]:
        """`folder name/path within`, sorted; where a limit is set, the first by a stable hash.

        Raises `RecipeError` where the folder is missing, is no folder or holds no picture.
        """
        root = self._root
        try:
            if not root.exists():
                raise RecipeError(f"sources: the folder {self._entry.path!r} does not exist")
            if not root.is_dir():
                raise RecipeError(f"sources: {self._entry.path!r} is a file, not a folder")
            found = [name for name in _relative_names(root, self._entry.recursive) if _wanted(name)]
        except ImportError as error:
            raise _missing_driver(self._entry.path, error) from error
        except PermissionError as error:
            raise RecipeError(f"sources: {self._entry.path!r} may not be read: {error}") from error
        if not found:
            raise RecipeError(
                f"sources: the folder {self._entry.path!r} holds no picture "
                f"({', '.join(sorted(EXTENSIONS))})"
                + ("" if self._entry.recursive else "; recursive is off")
            )
        if self._entry.limit is not None:
            found = sorted(found, key=lambda name: (unit_interval(name), name))
            found = found[: self._entry.limit]
        return tuple(sorted(f"{root.name}/{name}" if root.name else name for name in found))

    def signature(self, origin: str) -> str:
        """Size and time of the last change of the picture and of what lies beside it."""
        path = self._path(origin)
        beside = (path.with_name(path.stem + suffix) for suffix in (WORDS_SUFFIX, MASK_SUFFIX))
        return " ".join(_stamp(file) for file in (path, *beside))

    def read(self, origin: str) -> Iterator[Picture | RejectedSource]:
        """The pictures of one origin, or why it was rejected."""
        entry = self._entry
        path = self._path(origin)
        try:
            data = path.read_bytes()
            words_data = (
                _read_beside(path, WORDS_SUFFIX) if entry.domain is Domain.DOCUMENT else None
            )
            mask_data = _read_beside(path, MASK_SUFFIX)
        except (ConnectionError, TimeoutError):
            raise  # The store is away, not the picture bad: the next run tries again.
        except OSError as error:
            reason = error.strerror or type(error).__name__
            yield RejectedSource(origin, "unreadable", f"the file could not be read: {reason}")
            return

        def marks_of(pixels: Pixels) -> Marks:
            height, width = pixels.shape[:2]
            words: tuple[Word, ...] = ()
            if words_data is not None:
                words = parse_words(words_data, height, width)
            elif entry.domain is Domain.DOCUMENT:
                words = read_words(pixels) if entry.ocr == "tesseract" else find_words(pixels)
            mask: Mask | None = None
            if mask_data is not None:
                mask = read_mask(mask_data, height, width)
            return Marks(words, mask)

        file = Origin(
            name=origin,
            data=data,
            domain=entry.domain,
            group=entry.group or origin,
            licence=entry.licence,
            attribution=entry.attribution,
        )
        yield from cut_pictures(file, entry.crops, self._seed, marks_of)

    def _path(self, origin: str) -> UPath:
        return self._root / origin.removeprefix(f"{self._root.name}/")

    @cached_property
    def _root(self) -> UPath:
        try:
            path = UPath(self._entry.path)
            if path.protocol in {"", "file"}:
                # Without `..` and `~`, but with symbolic links kept: the name is what was written.
                return UPath(os.path.abspath(os.path.expanduser(path.path)))
            return path
        except ImportError as error:
            raise _missing_driver(self._entry.path, error) from error
        except ValueError as error:
            raise RecipeError(
                f"sources: {self._entry.path!r} is no path that is understood: {error}"
            ) from error


def _missing_driver(path: str, error: ImportError) -> CounterfoilError:
    if path.startswith(("s3:", "s3a:")):
        return MissingExtraError("s3", "s3fs", f"Reading {path}")
    return RecipeError(f"sources: {path!r} needs a package that is not installed: {error}")


def _relative_names(root: UPath, recursive: bool) -> Iterator[str]:
    """The files of `root` by path within it: one listing, rather than a question for each file."""
    base = root.fs._strip_protocol(root.path).rstrip("/")
    for found in root.fs.find(base, maxdepth=None if recursive else 1):
        yield str(found)[len(base) :].lstrip("/")


def _wanted(name: str) -> bool:
    parts = name.split("/")
    lower = parts[-1].lower()
    return (
        not any(part.startswith(".") for part in parts)
        and not lower.endswith(MASK_SUFFIX)
        and any(lower.endswith(extension) for extension in EXTENSIONS)
    )


def _stamp(path: UPath) -> str:
    try:
        known = path.stat()
    except OSError:
        return "-"
    return f"{known.st_size}:{known.st_mtime}"


def _read_beside(path: UPath, suffix: str) -> bytes | None:
    try:
        return path.with_name(path.stem + suffix).read_bytes()
    except FileNotFoundError:
        return None
