"""Takes the features of every picture of a set, piece by piece, in worker processes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from curation.shortcuts.file_features import file_features
from curation.shortcuts.side_information import feature_arrays
from flows.auditing.labelling import Labelling
from flows.workers import side_by_side
from schemas.shortcuts import Family, UnreadFile
from schemas.vocabulary import Label
from storage.picture_sets.contract import PictureSet, StoredPicture
from storage.reading import UnreadablePicture

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Gathered:
    """The rows that `tabulate` takes, and what is missing from them.

    `unread`: the first files that are no whole pictures, of `n_unread`; `unlabelled`: how many
    have no label, `example` the key of one.
    """

    table: pa.Table
    unread: tuple[UnreadFile, ...]
    n_unread: int
    unlabelled: int
    example: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a worker sends back for one piece; columns of equal length."""

    columns: Mapping[str, list[str]]
    features: list[dict[str, float | str]]
    unread: list[UnreadFile]
    unlabelled: int
    example: str


def gather_features(
    pictures: PictureSet,
    labelling: Labelling,
    families: Collection[Family] = tuple(Family),
    workers: int | None = None,
    started: Callable[[int], None] = lambda pieces: None,
    advance: Callable[[int], None] = lambda pictures: None,
) -> Gathered:
    """The features of all pictures of a set that have a label, in the set's order.

    `workers` processes work side by side, one a core by default. `started` is told the number of
    pieces, `advance` of each finished one's pictures. Raises `StorageError` where a worker is
    killed.
    """
    columns: dict[str, list[str]] = {name: [] for name in _COLUMNS}
    features: list[dict[str, float | str]] = []
    unread: list[UnreadFile] = []
    unlabelled, n_unread, example = 0, 0, ""
    names = pictures.pieces()
    started(len(names))
    calls = [(pictures, name, labelling, tuple(families)) for name in names]
    found: dict[int, _Piece] = {}
    for place, read in side_by_side(_read, calls, workers):
        found[place] = read
        advance(len(read.features) + len(read.unread) + read.unlabelled)
    for _, piece in sorted(found.items()):
        for name, values in piece.columns.items():
            columns[name] += values
        features += piece.features
        n_unread += len(piece.unread)
        unread += piece.unread[: _SHOWN - len(unread)]
        unlabelled += piece.unlabelled
        example = example or piece.example
    arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    table = pa.table(arrays | feature_arrays(features))
    return Gathered(table, tuple(unread), n_unread, unlabelled, example)


_COLUMNS = ("key", "label", "group_id", "domain", "generator")


def _read(
    pictures: PictureSet, piece: str, labelling: Labelling, families: tuple[Family, ...]
) -> _Piece:
    columns: dict[str, list[str]] = {name: [] for name in _COLUMNS}
    features: list[dict[str, float | str]] = []
    unread: list[UnreadFile] = []
    unlabelled, example = 0, ""
    for picture in pictures.read(piece, labelling.columns()):
        label = labelling.label(picture)
        if label is None:
            unlabelled += 1
            example = example or picture.key
            continue
        if picture.problem:
            unread.append(UnreadFile(key=picture.key, reason=picture.problem))
            continue
        try:
            found = file_features(picture.data, families)
        except UnreadablePicture as error:
            unread.append(UnreadFile(key=picture.key, reason=str(error)))
            continue
        features.append(found | _saves(picture))
        values = (
            picture.key,
            label.value,
            labelling.group(picture),
            str(picture.facts.get("domain") or ""),
            labelling.generator(picture) if label is Label.FAKE else "",
        )
        for name, value in zip(_COLUMNS, values, strict=True):
            columns[name].append(value)
    return _Piece(columns, features, unread, unlabelled, example)


def _saves(picture: StoredPicture) -> dict[str, Any]:
    """The saves on record, which only our own sets keep."""
    codec = picture.facts.get("codec")
    saves = codec.get("saves") if isinstance(codec, Mapping) else None
    return {} if saves is None else {"saves": float(saves)}
