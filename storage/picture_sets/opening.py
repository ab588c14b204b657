"""Opens whatever holds pictures: a folder, Parquet, an archive, a published set, the hub."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import PurePosixPath

from upath import UPath

from schemas.errors import StorageError
from storage.files import explained, is_local, location
from storage.picture_sets.archives import ENDINGS, ArchiveSet
from storage.picture_sets.choice import NOTHING, Choice
from storage.picture_sets.columns import choose_image_column, image_columns
from storage.picture_sets.contract import PictureSet
from storage.picture_sets.folder import FolderSet, is_picture
from storage.picture_sets.hub import SAVED, HubSet
from storage.picture_sets.listing import list_files, new_token
from storage.picture_sets.parquet import ParquetSet
from storage.published import DEFAULT_CONFIG, MANIFEST, open_published
from storage.reading import EXTENSIONS

_METADATA = ("metadata.csv", "metadata.jsonl")
_SPLITS = frozenset({"train", "training", "val", "valid", "validation", "dev", "test", "testing"})


def open_set(path: str | os.PathLike[str], choice: Choice = NOTHING) -> PictureSet:
    """Open the set of pictures at `path`, a path, a URL or the name of a data set on the hub.

    In this order it is taken for: one of our published sets (or its run folder); what `datasets`
    saved to disk; Parquet files with a column of pictures; a folder of picture files, with the
    facts of its `metadata.csv` or `.jsonl` where there is one; tar or zip files of pictures; the
    name of a data set on the hub.

    Raises `StorageError` where there are no pictures, or it is not clear which are meant: `choice`
    says so.
    """
    name = os.fspath(path)
    place = location(os.path.expanduser(name))
    with explained(f"opening {name}"):
        is_file = place.is_file()
        is_folder = not is_file and place.is_dir()
    if is_file:
        return _open_file(name, place, choice)
    if is_folder:
        return _open_folder(name, place, choice)
    if "://" in name or name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise StorageError(f"{name} does not exist")
    columns = choice.image_column, choice.key_column
    return _checked(HubSet(name, *columns, choice.config, choice.split, choice.revision))


def _open_file(name: str, place: UPath, choice: Choice) -> PictureSet:
    lower, parent = name.lower(), str(place.parent)
    if lower.endswith(".parquet"):
        choice.refuse_parts(name, "one Parquet file")
        return _parquet(name, parent, (place.name,), choice)
    if lower.endswith(ENDINGS):
        choice.refuse_parts(name, "one archive")
        return ArchiveSet(name, parent, (place.name,), choice.image_column)
    if place.name == MANIFEST:
        return _published(name, place.parent, choice)
    raise StorageError(
        f"{name} is a file that holds no set of pictures: give a folder, Parquet "
        f"or an archive ({', '.join(ENDINGS)})"
    )


def _open_folder(name: str, place: UPath, choice: Choice) -> PictureSet:
    with explained(f"opening {name}"):
        if (place / MANIFEST).exists() or (place / "dataset" / MANIFEST).exists():
            return _published(name, place, choice)
        saved = is_local(place) and any((place / file).exists() for file in SAVED)
    root = os.path.abspath(place.path) if is_local(place) else str(place).rstrip("/")
    if saved:
        return _checked(HubSet(root, choice.image_column, choice.key_column, split=choice.split))
    token = new_token()
    files = list_files(root, token)
    tables = tuple(file for file in files if file.lower().endswith(".parquet"))
    first = ParquetSet("", root, tables[:1]).schema() if tables else None
    if first is not None and (choice.image_column or image_columns(first)):
        return _parquet(name, root, _chosen(name, tables, choice), choice)
    if any(map(is_picture, files)):
        if is_local(place) and any(PurePosixPath(file).name in _METADATA for file in files):
            return _checked(HubSet(root, None, choice.key_column, split=choice.split))
        choice.refuse_parts(name, "a folder of pictures")
        return FolderSet(root, token)
    archives = tuple(file for file in files if file.lower().endswith(ENDINGS))
    if archives:
        return ArchiveSet(name, root, _chosen(name, archives, choice), choice.image_column)
    if first is not None:
        choose_image_column(first, None, f"{name}/{tables[0]}")
    raise StorageError(
        f"there are no pictures in {name}: neither files ({', '.join(EXTENSIONS)}) nor Parquet nor "
        f"archives ({', '.join(ENDINGS)}) among its {len(files)} files"
    )


def _published(name: str, place: UPath, choice: Choice) -> PictureSet:
    published = open_published(str(place))
    config = choice.config or DEFAULT_CONFIG
    shards = list(published.shards(config, choice.split))
    if not shards:
        known = sorted({f"{shard.config} ({shard.split})" for shard in published.manifest.shards})
        raise StorageError(
            f"{name} has no config {config!r} with split {choice.split!r}; "
            f"it has {', '.join(known)}"
        )
    return ParquetSet(
        name,
        str(published.folder),
        tuple(shard.path for shard in shards),
        choice.image_column or "image",
        choice.key_column or "sample_id",
        {shard.path: {"split": shard.split} for shard in shards},
    )


def _parquet(name: str, root: str, files: Sequence[str], choice: Choice) -> PictureSet:
    pictures = ParquetSet(
        name,
        root,
        tuple(files),
        choice.image_column,
        choice.key_column,
        {file: {"split": split} for file in files if (split := _split_of(file))},
    )
    choose_image_column(pictures.schema(), choice.image_column, name)
    return _checked(pictures)


def _chosen(name: str, files: Sequence[str], choice: Choice) -> tuple[str, ...]:
    """The files of a config and a split, told by the folders and the beginnings of their names."""
    if choice.revision is not None:
        raise StorageError(f"{name} is a folder, which has no revision to choose")
    chosen = list(files)
    if choice.config is not None:
        chosen = [file for file in chosen if choice.config in PurePosixPath(file).parts[:-1]]
    if choice.split is not None:
        chosen = [file for file in chosen if _split_of(file, choice.split) == choice.split]
    if not chosen:
        raise StorageError(
            f"{name} has no files of config {choice.config!r} and split {choice.split!r}; its "
            f"files are {', '.join(files[:5])}{' …' if len(files) > 5 else ''}"
        )
    return tuple(chosen)


def _split_of(file: str, *also: str) -> str | None:
    """The split that a file's name begins with (`train-00000-of-00004`) or its folder has."""
    path = PurePosixPath(file)
    for word in (path.name.partition("-")[0].partition(".")[0], *reversed(path.parts[:-1])):
        if word in _SPLITS or word in also:
            return word
    return None


def _checked(found: PictureSet) -> PictureSet:
    if not found.pieces():
        raise StorageError(f"{found.name} has no rows")
    return found
