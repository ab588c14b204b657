"""Opens one split of a data set through the datasets library, and says what went wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generators.contract import CannotForge
from generators.imports.options import ImportOptions
from schemas.errors import CounterfoilError, GeneratorError, StorageError

SAVED = ("state.json", "dataset_dict.json")
"""What lies in a folder that `Dataset.save_to_disk` wrote."""
_OF_CONNECTIONS = ("Connect", "Offline", "Timeout", "LocalEntryNotFound", "NameResolution")
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class OpenedSplit:
    """A split whose pictures come as the bytes that they are.

    `rows`: a `datasets.IterableDataset` where `streamed`, else a `datasets.Dataset`. `features`
    says of which type each column is, as far as is known; `commit` at which commit of the hub it is
    read; `fingerprint` changes with the set's files.
    """

    subset: str
    rows: Any
    columns: tuple[str, ...]
    features: Mapping[str, Any]
    streamed: bool
    fingerprint: str
    commit: str | None


def open_split(options: ImportOptions) -> OpenedSplit:
    """The split that the options name.

    Raises `GeneratorError` where the set, the configuration or the split is not there, or where the
    hub cannot be reached.
    """
    with opening(options):
        splits, files, fingerprint = _saved(options) or _built(options)
        subset = _subset(options, sorted(map(str, splits)))
        rows, streamed = _undecoded(splits[subset]), not hasattr(splits[subset], "__len__")
        # A stream of JSON or CSV files knows its columns only when it is read.
        columns = tuple(rows.column_names or next(iter(rows), {}))
    commits = (_commit(file) for file in files)
    commit = next((commit for commit in commits if commit is not None), None)
    return OpenedSplit(subset, rows, columns, rows.features or {}, streamed, fingerprint, commit)


def local_folder(path: str) -> Path | None:
    """The folder that a path names on this machine; None where it is a name on the hub or a URL."""
    folder = Path(os.path.abspath(os.path.expanduser(path)))
    return folder if folder.is_dir() else None


def _saved(options: ImportOptions) -> tuple[Mapping[str, Any], list[str], str] | None:
    """What `save_to_disk` left; None where it is no such folder."""
    root = local_folder(options.path)
    if root is None or not any((root / name).exists() for name in SAVED):
        return None
    from datasets import DatasetDict, load_from_disk

    found = load_from_disk(str(root))
    splits = found if isinstance(found, DatasetDict) else {str(found.split or "train"): found}
    return splits, [], ""


def _built(options: ImportOptions) -> tuple[Mapping[str, Any], list[str], str]:
    from datasets import load_dataset_builder

    folder = local_folder(options.path)
    if "://" in options.path:
        # The library takes names and folders as such, and files of other places only one by one.
        builder = load_dataset_builder(
            "parquet", options.config, data_files=f"{options.path.rstrip('/')}/**/*.parquet"
        )
    else:
        name = options.path if folder is None else str(folder)
        builder = load_dataset_builder(name, options.config, revision=options.revision)
    files = [str(file) for split in (builder.config.data_files or {}).values() for file in split]
    if options.streaming:
        return builder.as_streaming_dataset(), files, f"{builder.hash} {builder.config_id}"
    builder.download_and_prepare()
    return builder.as_dataset(), files, f"{builder.hash} {builder.config_id}"


def _undecoded(rows: Any) -> Any:
    from datasets import Image

    for column, feature in (rows.features or {}).items():
        if isinstance(feature, Image):
            rows = rows.cast_column(column, Image(decode=False))
    return rows


def _subset(options: ImportOptions, names: list[str]) -> str:
    asked = options.subset or (names[0] if len(names) == 1 else "train")
    if asked not in names:
        raise GeneratorError(
            f"import, subset: {options.path!r} has no {asked!r}; it has: {', '.join(names)}"
        )
    return asked


def _commit(file: str) -> str | None:
    """The commit that a file of the hub is read at."""
    if not file.startswith("hf://") or "@" not in file:
        return None
    return file.partition("@")[2].partition("/")[0]


@contextmanager
def opening(options: ImportOptions) -> Iterator[None]:
    """Turn what the datasets library raises into a `GeneratorError` that says what to do."""
    try:
        yield
    except CounterfoilError:
        raise
    except Exception as error:
        if local_folder(options.path) is not None:
            advice = "is it a data set? Pictures in folders want layout: folder"
        elif _of_connection(error):
            advice = (
                "the hub cannot be reached from here. Where it can, run `hf download --repo-type "
                f"dataset {options.path} --local-dir FOLDER`, and give that folder as path"
            )
        else:
            advice = (
                "check its name, config and revision; for a gated set log in with `hf auth login`"
            )
        said = f"{type(error).__name__}: {error}"[:_LONGEST]
        raise GeneratorError(
            f"import: {options.path!r} cannot be opened: {advice}. ({said})"
        ) from error


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Turn what breaks off a stream into a `StorageError`: the next run tries again."""
    try:
        yield
    except (CounterfoilError, CannotForge):
        raise
    except Exception as error:
        raise StorageError(
            f"import: reading {path!r} broke off: {type(error).__name__}: {error}. Build again; "
            "what was read is kept."
        ) from error


def _of_connection(error: BaseException | None) -> bool:
    """Whether an error, or one that it came from, speaks of a connection."""
    while error is not None:
        names = [cls.__name__ for cls in type(error).__mro__]
        if any(word in name for word in _OF_CONNECTIONS for name in names):
            return True
        error = error.__cause__ or error.__context__
    return False
