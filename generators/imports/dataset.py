"""The rows of a data set, of the hub or on a disk: streamed, filtered, counted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from upath import UPath

from generators.contract import CannotForge, Item
from generators.imports.cells import by_names, picture_bytes
from generators.imports.collection import Entry, chosen, fits, group_of, prompt_of
from generators.imports.hub import OpenedSplit, local_folder, open_split, reading
from generators.imports.kept import KeptRows, Row
from generators.imports.options import UNKNOWN, ImportOptions
from schemas.errors import GeneratorError
from schemas.identity import digest
from storage.files import location

# What a kept row depends on, besides the set's files.
_ASKED = ("path", "config", "subset", "revision", "where", "group_column", "prompt_column")
_PICTURES = ("image_column", "mask_column")


class DatasetRows:
    """The rows of one split, named by their places in it.

    Streamed: the first that fit, each kept on this machine once it was read. Otherwise the datasets
    library fetches all of them, and a stable hash of their places chooses.
    """

    def __init__(self, options: ImportOptions) -> None:
        self._options = options

    @property
    def facts(self) -> Mapping[str, Any]:
        """The set's name, configuration, split and commit."""
        options, folder = self._options, self._folder
        return {
            "set": options.path.rpartition("://")[2] if folder is None else folder.name,
            "config": options.config or "default",
            "subset": self._split.subset,
            "revision": self._split.commit or options.revision or UNKNOWN,
        }

    def items(self, count: int) -> Sequence[Item]:
        """The rows that fit, as many as are wanted and there are."""
        options = self._options
        self._check_columns()
        wanted = count if options.limit is None else min(count, options.limit)
        if self._split.streamed:
            rows = self._kept.first(wanted, self._fitting)
        else:
            rows = [(name, self._row(name, raw)) for name, raw in self._chosen(wanted)]
        if not rows:
            asked = " and ".join(f"{column} = {value!r}" for column, value in options.where.items())
            lacking = f"no row with {asked}" if asked else "no rows"
            raise GeneratorError(
                f"import, where: {options.path!r} ({self._split.subset}) has {lacking}"
            )
        return [
            Item(name, group_of(options, row["file"] or name, row), row["prompt"])
            for name, row in rows
        ]

    def fetch(self, names: Sequence[str]) -> None:
        """Read the rows that are not kept on this machine, in one way through the stream."""
        if self._split.streamed:
            missing = [name for name in names if not self._kept.has(name)]
            self._kept.keep(self._named(missing))

    def read(self, name: str) -> Entry:
        """The picture and the mask of a row."""
        if self._split.streamed:
            self.fetch([name])
            row = self._kept.read(name)
        else:
            place, rows = _place(name), self._split.rows
            there = place is not None and place < len(rows)
            row = self._row(name, rows[place]) if there else None
        if row is None or row["data"] is None:
            raise CannotForge("item_is_gone", f"the set has no picture at {name!r}")
        if self._options.has_masks and row["mask"] is None:
            raise CannotForge("no_mask", f"no mask came with {name!r}")
        return Entry(row["file"] or name, row["data"], row["mask"])

    def _row(self, name: str, raw: Mapping[str, Any]) -> Row:
        """What is kept of a row: `file`, `prompt`, the group's column, `data` and `mask`."""
        options = self._options
        data, file = picture_bytes(raw.get(self._image_column), self._folder)
        mask = raw.get(options.mask_column) if options.mask_column else None
        row = {
            "file": file,
            "prompt": prompt_of(raw, options.prompt_column),
            "data": data,
            "mask": picture_bytes(mask, self._folder)[0],
        }
        if options.group_column:
            value = raw.get(options.group_column)
            row[options.group_column] = None if value is None else str(value)
        return row

    def _fitting(self) -> Iterator[tuple[str, Row]]:
        """The rows that fit, in the order of the stream."""
        with reading(self._options.path):
            for place, raw in enumerate(self._split.rows):
                if self._fits(raw):
                    name = _name(self._split.subset, place)
                    yield name, self._row(name, raw)

    def _named(self, names: Iterable[str]) -> Iterator[tuple[str, Row]]:
        """The rows of these names, as far as the stream has them."""
        wanted = {place: name for name in names if (place := _place(name)) is not None}
        if not wanted:
            return
        last = max(wanted)
        with reading(self._options.path):
            for place, raw in enumerate(self._split.rows):
                if place in wanted:
                    yield wanted[place], self._row(wanted[place], raw)
                if place == last:
                    return

    def _chosen(self, count: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
        rows, where = self._split.rows, self._options.where
        places: Iterable[int] = range(len(rows))
        if where:
            table = rows.select_columns(list(where)).to_dict()
            places = [p for p in places if self._fits({c: table[c][p] for c in where})]
        names = {_name(self._split.subset, place): place for place in places}
        for name in chosen(names, count, None):
            yield name, rows[names[name]]

    def _fits(self, raw: Mapping[str, Any]) -> bool:
        where = self._options.where
        return not where or fits(by_names(raw, where, self._split.features), where)

    def _check_columns(self) -> None:
        options, columns = self._options, self._split.columns
        asked = (*options.where, options.mask_column, options.group_column, options.image_column)
        for column in asked:
            if column is not None and columns and column not in columns:
                raise GeneratorError(
                    f"import: {options.path!r} has no column {column!r}; it has: "
                    f"{', '.join(columns)}"
                )

    @cached_property
    def _image_column(self) -> str:
        if self._options.image_column is not None:
            return self._options.image_column
        split = self._split
        images = [
            column
            for column, feature in split.features.items()
            if type(feature).__name__ == "Image" and column != self._options.mask_column
        ]
        if len(images) == 1:
            return images[0]
        if "image" in split.columns:
            return "image"
        several = f"several columns of pictures: {', '.join(images)}"
        found = several if images else "no column of pictures"
        raise GeneratorError(
            f"import, image_column: {self._options.path!r} has {found}; say which of its columns "
            f"it is: {', '.join(split.columns)}"
        )

    @cached_property
    def _split(self) -> OpenedSplit:
        return open_split(self._options)

    @cached_property
    def _folder(self) -> Path | None:
        return local_folder(self._options.path)

    @cached_property
    def _kept(self) -> KeptRows:
        asked = self._options.model_dump(mode="json", include={*_ASKED, *_PICTURES})
        key = digest(asked, self._split.fingerprint)[:24]
        if self._options.cache is not None:
            return KeptRows(location(os.path.expanduser(self._options.cache)) / key)
        from datasets import config

        return KeptRows(UPath(config.HF_DATASETS_CACHE) / "counterfoil-imports" / key)


def _name(subset: str, place: int) -> str:
    return f"{subset}-{place:08d}"


def _place(name: str) -> int | None:
    number = name.rpartition("-")[2]
    return int(number) if number.isdecimal() else None
