"""Reads the pictures of a folder of the user's, on a disk or in an object store."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property

from upath import UPath

from schemas.errors import CounterfoilError, MissingExtraError, RecipeError
from schemas.identity import digest, unit_interval
from schemas.picture import Picture, Pixels, RejectedSource, Word
from schemas.recipe.annotations import Annotations
from schemas.recipe.sources import FolderSource
from schemas.vocabulary import Domain
from sources.annotations.joined import JoinedAnnotations
from sources.cutting import Origin, cut_pictures
from sources.instances import separate
from sources.marks import Marks
from sources.sidecars import MASK_SUFFIX, WORDS_SUFFIX, parse_words
from sources.words import words_by
from storage.reading import EXTENSIONS, UnreadablePicture, read_mask
from storage.stamps import stamp

_NAMED = 5


class FolderPictures:
    """Reads a `FolderSource`. Origins are the folder's name and the path within it.

    Beside a picture may lie `<stem>.words.json` (a list of objects with `quad` or `box`, `text`
    and `field`; see `sources.sidecars.SidecarWord`) and `<stem>.mask.png` (not zero where an
    object is), both for the picture as it is seen upright; what other tools wrote is read as the
    entry's `annotations` say. Files and folders whose name begins with a dot are ignored.
    Annotations of pictures that are not there are an origin of their own, which is rejected.
    """

    def __init__(self, entry: FolderSource, seed: int) -> None:
        self._entry = entry
        self._seed = seed

    @cached_property
    def _annotations(self) -> JoinedAnnotations:
        entries = self._entry.annotations
        if isinstance(entries, Annotations):
            entries = (entries,)
        return JoinedAnnotations(self._root, entries)

    def origins(self) -> Sequence[str]:
        """`folder name/path within`, sorted; where a limit is set, the first by a stable hash.

        Raises `RecipeError` where the folder is missing, is no folder or holds no picture, or its
        annotations cannot be read or are of other pictures.
        """
        found = self._pictures()
        missing = self._annotations.missing(found)
        if self._entry.limit is not None:
            found = sorted(found, key=lambda name: (unit_interval(name), name))
            found = found[: self._entry.limit]
        name = self._root.name
        pictures = (f"{name}/{picture}" if name else picture for picture in found)
        return tuple(sorted([*pictures, *(self._absent(reader) for reader in missing)]))

    def _absent(self, reader: str) -> str:
        """The origin that stands for all pictures that are annotated but not there."""
        return f"{self._root.name}#{reader}"

    def _pictures(self) -> list[str]:
        """The pictures by their path within the folder, sorted."""
        root = self._root
        try:
            if not root.exists():
                raise RecipeError(f"sources: the folder {self._entry.path!r} does not exist")
            if not root.is_dir():
                raise RecipeError(f"sources: {self._entry.path!r} is a file, not a folder")
            found = [
                name
                for name in _relative_names(root, self._entry.recursive)
                if _wanted(name) and not self._annotations.owns(name)
            ]
        except ImportError as error:
            raise _missing_driver(self._entry.path, error) from error
        except PermissionError as error:
            raise RecipeError(f"sources: {self._entry.path!r} may not be read: {error}") from error
        if not found:
            raise RecipeError(
                f"sources: the folder {self._entry.path!r} holds no picture "
                f"({', '.join(EXTENSIONS)})"
                + ("" if self._entry.recursive else "; recursive is off")
            )
        return sorted(found)

    def signature(self, origin: str) -> str:
        """Size and time of the last change of the picture and of what lies beside it.

        Of files about many pictures only what they say of this one counts.
        """
        if self._is_absent(origin):
            return digest(self._annotations.missing(self._pictures()))
        path = self._path(origin)
        beside = (path.with_name(path.stem + suffix) for suffix in (WORDS_SUFFIX, MASK_SUFFIX))
        stamps = [stamp(file) for file in (path, *beside)]
        return " ".join([*stamps, self._annotations.signature(self._name(origin))]).rstrip()

    def read(self, origin: str) -> Iterator[Picture | RejectedSource]:
        """The pictures of one origin, or why it was rejected."""
        if self._is_absent(origin):
            yield self._reject_absent(origin)
            return
        entry, name = self._entry, self._name(origin)
        path = self._path(origin)
        try:
            notes = self._annotations.notes(name)
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
        except UnreadablePicture as error:
            yield RejectedSource(origin, error.reason, error.detail)
            return

        def marks_of(pixels: Pixels) -> Marks:
            height, width = pixels.shape[:2]
            known = self._annotations.marks(name, height, width)
            words: tuple[Word, ...] = ()
            if words_data is not None:
                words = parse_words(words_data, height, width)
            elif entry.domain is Domain.DOCUMENT:
                words = known.words or words_by(entry.ocr, pixels)
            beside = () if mask_data is None else separate(read_mask(mask_data, height, width))
            return Marks(words, (*beside, *known.instances))

        identity = notes.identity or (_folder_of(name) if entry.identity == "folder" else None)
        file = Origin(
            name=origin,
            data=data,
            domain=entry.domain,
            group=entry.group or (f"identity:{identity}" if identity else origin),
            licence=notes.licence or entry.licence,
            attribution=notes.attribution or entry.attribution,
            consent=notes.consent or entry.consent,
            identity=identity,
            caption=notes.caption,
            face_detector=entry.face_detector,
            face_landmarks=entry.face_landmarks,
        )
        yield from cut_pictures(file, entry.crops, self._seed, marks_of)

    def _is_absent(self, origin: str) -> bool:
        return origin.startswith(self._absent(""))

    def _reject_absent(self, origin: str) -> RejectedSource:
        reader = origin.removeprefix(self._absent(""))
        missing = self._annotations.missing(self._pictures())[reader]
        named = ", ".join(missing[:_NAMED]) + (", …" if len(missing) > _NAMED else "")
        return RejectedSource(
            origin,
            "annotated_but_missing",
            f"{len(missing)} pictures are annotated but not in the folder: {named}",
        )

    def _name(self, origin: str) -> str:
        """The path within the folder."""
        return origin.removeprefix(f"{self._root.name}/")

    def _path(self, origin: str) -> UPath:
        return self._root / self._name(origin)

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
        and lower.endswith(EXTENSIONS)
    )


def _folder_of(name: str) -> str | None:
    """The outermost folder within the source's folder; None for a picture that lies in none."""
    folder, _, rest = name.partition("/")
    return folder if rest else None


def _read_beside(path: UPath, suffix: str) -> bytes | None:
    try:
        return path.with_name(path.stem + suffix).read_bytes()
    except FileNotFoundError:
        return None
