"""A set of pictures in folders, on a disk or in an object store, with what lies beside them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from functools import cached_property
from typing import Any

from upath import UPath

from generators.contract import CannotForge, Item
from generators.imports.beside import SIDECARS, read_sidecar, read_table
from generators.imports.collection import Entry, chosen, fits, group_of, prompt_of
from generators.imports.options import ImportOptions
from schemas.errors import GeneratorError, StorageError
from storage.files import location
from storage.reading import EXTENSIONS
from storage.stamps import stamp

MASK_SUFFIX = ".mask.png"
_MOST_BYTES = 512 << 20
_TABLES = ("metadata.jsonl", "metadata.csv")


class FolderSet:
    """The pictures below a folder, named by their paths within it.

    A picture's row is what the folder's `metadata.jsonl` or `metadata.csv` has under its path
    (column `file_name`, as the datasets library has it), and what a .json or .yml file of its stem
    says, or one beside it that names it as its `image`.
    """

    def __init__(self, options: ImportOptions, root: UPath | None = None) -> None:
        self._options = options
        self._root = open_root(options.path) if root is None else root

    @property
    def facts(self) -> Mapping[str, Any]:
        """The folder's own name."""
        return {"set": self._root.name}

    def items(self, count: int) -> Sequence[Item]:
        """The first of the pictures by a stable hash of their paths."""
        options = self._options
        named = [name for name in self._files if self._is_item(name)]
        if not named:
            raise GeneratorError(self._nothing())
        if options.where:
            missing = sorted(set(options.where) - {c for row in self._table.values() for c in row})
            if missing:
                raise GeneratorError(
                    f"import, where: no file of {_TABLES} in {options.path!r} has a column "
                    f"{missing[0]!r}; {self._columns()}"
                )
            named = [name for name in named if fits(self._table.get(name, {}), options.where)]
            if not named:
                raise GeneratorError(
                    f"import, where: none of the pictures in {options.path!r} has "
                    + " and ".join(f"{c} = {v!r}" for c, v in options.where.items())
                )
        return [self._item(name) for name in chosen(named, count, options.limit)]

    def fetch(self, names: Sequence[str]) -> None:
        """Nothing: every picture is a file of its own."""

    def read(self, name: str) -> Entry:
        """The picture's bytes and its mask's."""
        data = self._bytes(name)
        if data is None:
            raise CannotForge("item_is_gone", f"the set has no {name!r} any more")
        mask = None
        if self._options.has_masks:
            mask = next(
                (m for m in map(self._bytes, self._mask_names(name)) if m is not None), None
            )
            if mask is None:
                raise CannotForge("no_mask", f"no mask came with {name!r}")
        return Entry(name, data, mask)

    def _is_item(self, name: str) -> bool:
        masks = (self._options.masks or "").strip("/")
        return (
            name.lower().endswith(EXTENSIONS)
            and not name.lower().endswith(MASK_SUFFIX)
            and not (masks and name.startswith(masks + "/"))
            and matches(name, self._options.include)
        )

    def _item(self, name: str) -> Item:
        row = self._table.get(name, {}) | self._said_beside(name)
        prompt = prompt_of(row, self._options.prompt_column)
        return Item(name, group_of(self._options, name, row), prompt, self._stamp(name))

    def _stamp(self, name: str) -> str:
        masks = self._mask_names(name) if self._options.has_masks else ()
        files = (name, *(mask for mask in masks if mask in self._files))
        return " ".join(stamp(self._root / file) for file in files)

    def _said_beside(self, name: str) -> dict[str, Any]:
        stem = name.rpartition(".")[0]
        for suffix in SIDECARS:
            if stem + suffix in self._files:
                data = self._beside(stem + suffix)
                return read_sidecar(stem + suffix, data, self._options.prompt_column)
        return self._naming.get(name, {})

    @cached_property
    def _naming(self) -> dict[str, dict[str, Any]]:
        """What files say that have no picture's stem and name their picture as `image`.

        A picture may bear their own stem before that name, as in `case1_cat.png` for `case1.yml`.
        """
        stems = {n.rpartition(".")[0] for n in self._files if n.lower().endswith(EXTENSIONS)}
        found: dict[str, dict[str, Any]] = {}
        for name in self._files:
            stem, _, suffix = name.rpartition(".")
            if f".{suffix}" not in SIDECARS or suffix == "txt" or stem in stems:
                continue
            try:
                row = read_sidecar(name, self._beside(name), self._options.prompt_column)
            except GeneratorError:
                continue  # Of all files that lie there some will be about something else.
            image, folder = str(row.get("image") or ""), name.rpartition("/")[0]
            for picture in (f"{folder}/{image}" if folder else image, f"{stem}_{image}"):
                found.setdefault(picture, row)
        return found

    def _mask_names(self, name: str) -> Iterable[str]:
        stem = name.rpartition(".")[0]
        if self._options.mask_column:
            value = self._table.get(name, {}).get(self._options.mask_column)
            return (str(value),) if value else ()
        within = f"{(self._options.masks or '').strip('/')}/{stem}"
        return (stem + MASK_SUFFIX, *(within + extension for extension in EXTENSIONS))

    def _beside(self, name: str) -> bytes:
        """The bytes of a file that speaks of pictures; here no job is there to be rejected."""
        try:
            return self._bytes(name) or b""
        except CannotForge as error:
            raise GeneratorError(f"import: {error.detail or name}") from error

    def _bytes(self, name: str) -> bytes | None:
        if name not in self._files:
            return None
        path = self._root / name
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise CannotForge("too_large", f"{name!r} has over {_MOST_BYTES >> 20} MB")
            data: bytes = path.read_bytes()
        except FileNotFoundError:
            return None
        except (ConnectionError, TimeoutError) as error:
            raise StorageError(f"import: reading {name!r} failed: {error}; build again") from error
        except OSError as error:
            raise CannotForge("unreadable", f"{name!r}: {error.strerror or error}") from error
        return data

    @cached_property
    def _files(self) -> dict[str, None]:
        """The paths of all files within the folder, sorted; hidden ones and their folders not."""
        base = self._root.fs._strip_protocol(self._root.path).rstrip("/")
        try:
            found = sorted(str(name)[len(base) :].lstrip("/") for name in self._root.fs.find(base))
        except PermissionError as error:
            raise GeneratorError(
                f"import: {self._options.path!r} may not be read: {error}"
            ) from error
        return {n: None for n in found if not any(p.startswith(".") for p in n.split("/"))}

    @cached_property
    def _table(self) -> dict[str, dict[str, Any]]:
        rows: dict[str, dict[str, Any]] = {}
        for name in self._files:
            folder, _, last = name.rpartition("/")
            if last in _TABLES:
                for file_name, row in read_table(name, self._beside(name)):
                    rows[f"{folder}/{file_name}" if folder else file_name] = row
        return rows

    def _columns(self) -> str:
        columns = sorted({column for row in self._table.values() for column in row})
        return f"they have: {', '.join(columns)}" if columns else "there is no such file"

    def _nothing(self) -> str:
        path, include = self._options.path, self._options.include
        if not include:
            return f"import: {path!r} holds no picture ({', '.join(EXTENSIONS)})"
        few = [name for name in self._files if name.lower().endswith(EXTENSIONS)][:3]
        there = f"; there is, for example, {', '.join(few)}" if few else ""
        return f"import: no picture in {path!r} fits include ({', '.join(include)}){there}"


def open_root(path: str) -> UPath:
    """The folder that `path` names. Raises `GeneratorError` where there is none."""
    root = location(path)
    if root.protocol in {"", "file", "local"}:
        root = UPath(os.path.abspath(os.path.expanduser(root.path)))
    if not root.exists():
        raise GeneratorError(f"import: the folder {path!r} does not exist")
    if not root.is_dir():
        raise GeneratorError(f"import: {path!r} is a file, not a folder")
    return root


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a path fits one of the patterns; it does where there is none. `*` crosses folders."""
    return not patterns or any(fnmatch(name, pattern) for pattern in patterns)
