"""A set of pictures as the datasets library loads it: from the hub, its cache, or a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from schemas.errors import StorageError
from storage.picture_sets.columns import (
    RowReader,
    choose_image_column,
    class_names,
    image_columns,
)
from storage.picture_sets.contract import StoredPicture

_ROWS = 64
_PIECE = 256
SAVED = ("state.json", "dataset_dict.json")
"""What `Dataset.save_to_disk` and `DatasetDict.save_to_disk` leave in a folder."""


@dataclass(frozen=True, slots=True)
class HubSet:
    """The rows of a data set. A piece is a stretch of a split: `<split>:<first row>`.

    A picture's key is its `key_column`'s value, its path below the folder where it has one, or
    `<split>:<row>`; the fact `split` is added.
    """

    name: str
    image_column: str | None = None
    key_column: str | None = None
    config: str | None = None
    split: str | None = None
    revision: str | None = None

    def pieces(self) -> Sequence[str]:
        """Stretches of 256 rows of every split, or of the one that was asked for."""
        return tuple(
            f"{split}:{first}"
            for split, rows in self._splits().items()
            for first in range(0, len(rows), _PIECE)
        )

    def read(self, piece: str, columns: Sequence[str] | None = None) -> Iterator[StoredPicture]:
        """The pictures of one stretch, with the other columns as facts."""
        split, _, begin = piece.rpartition(":")
        rows = self._splits()[split]
        schema = rows.features.arrow_schema
        image = choose_image_column(schema, self.image_column, self.name)
        if self.key_column is not None and self.key_column not in schema.names:
            raise StorageError(
                f"{self.name} has no column {self.key_column!r} to name its pictures by: "
                f"its columns are {', '.join(schema.names)}"
            )
        facts = columns
        if facts is None:
            facts = [name for name in schema.names if name not in image_columns(schema)]
        keys = [] if self.key_column is None else [self.key_column]
        wanted = dict.fromkeys([image, *keys, *(name for name in facts if name in schema.names)])
        chosen = rows.select_columns(list(wanted)).with_format("arrow")
        folder = os.path.abspath(self.name)
        reader = RowReader(image, self.key_column, class_names(schema), folder, folder)
        shared = {"split": split} if columns is None or "split" in columns else {}
        end = min(int(begin) + _PIECE, len(rows))
        for first in range(int(begin), end, _ROWS):

            def place(row: int, first: int = first) -> str:
                return f"{split}:{first + row}"

            yield from reader.pictures(chosen[first : min(first + _ROWS, end)], place, shared)

    def stamp(self, piece: str) -> str:
        """The library's own fingerprint of the split, and what of it is taken for the picture."""
        split, _, begin = piece.rpartition(":")
        known = self._splits()[split]._fingerprint
        return f"{known} {self.image_column} {self.key_column} {begin}"

    def _splits(self) -> Mapping[str, Any]:
        return _load(self.name, self.config, self.split, self.revision)


@lru_cache(maxsize=4)
def _load(
    name: str, config: str | None, split: str | None, revision: str | None
) -> Mapping[str, Any]:
    """Every split by its name, loaded once in a process."""
    # Importing it takes a second, which other sets need not wait for.
    import datasets

    quiet = datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        with _explained(name, revision):
            if any((Path(name) / file).is_file() for file in SAVED):
                found = datasets.load_from_disk(name)
            elif os.path.isdir(name):
                found = datasets.load_dataset("imagefolder", data_dir=name)
            else:
                found = datasets.load_dataset(name, config, revision=revision)
    finally:
        if not quiet:
            datasets.enable_progress_bars()
    if isinstance(found, datasets.Dataset):
        found = {str(found.split or "all"): found}
    if split is not None and split not in found:
        raise StorageError(f"{name} has no split {split!r}; it has {', '.join(found)}")
    return {key: rows for key, rows in found.items() if split in (None, key)}


@contextmanager
def _explained(name: str, revision: str | None) -> Iterator[None]:
    """Errors of the datasets library in words that say what to do."""
    try:
        yield
    except (ConnectionError, TimeoutError) as error:
        at = f" --revision {revision}" if revision else ""
        raise StorageError(
            f"there is no file or folder {name}, and the data set of that name could not be "
            f"fetched from the hub: {error}. Without a network, download it elsewhere "
            f"(hf download {name} --repo-type dataset{at} --local-dir FOLDER) and give that folder"
        ) from error
    except Exception as error:
        # The library's own errors (of builders, splits, features) share no root.
        known = type(error).__module__.partition(".")[0] in ("datasets", "huggingface_hub")
        if not known and not isinstance(error, OSError | ValueError):
            raise
        raise StorageError(
            f"{name} is neither a file or folder nor a data set that can be read: {error}"
        ) from error
