"""The rows of a data set through the datasets library, downloaded as a whole or streamed."""

from __future__ import annotations

import os
import threading
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, Protocol

from schemas.errors import RecipeError, StorageError
from schemas.recipe.sources import DatasetSource

Row = Mapping[str, Any]


class Rows(Protocol):
    """The rows of one split, numbered from 0. Pictures come as `{"bytes": …, "path": …}`."""

    @property
    def features(self) -> Mapping[str, Any]:
        """The type of every column."""
        ...

    def light(self, columns: Sequence[str]) -> Iterator[Row]:
        """All rows in order, with these columns alone."""
        ...

    def row(self, number: int) -> Row:
        """One row with all wanted columns."""
        ...


def local_folder(entry: DatasetSource) -> str | None:
    """The folder that the entry's path leads to; None for a name on the hub."""
    path = os.path.abspath(os.path.expanduser(entry.path))
    return path if os.path.isdir(path) else None


@lru_cache(maxsize=4)
def open_rows(entry: str, signature: str) -> Rows:
    """The rows of a `DatasetSource`, given as JSON, once in a process for one `signature`.

    Raises `RecipeError` where there is no such data set, configuration, split or column, and
    `StorageError` where the hub cannot be reached.
    """
    source = DatasetSource.model_validate_json(entry)
    with _explained(source):
        rows: Rows = _Streamed(source) if source.streaming else _Mapped(source)
        features = rows.features
    wanted = [source.columns.image, *source.columns.facts().values(), *source.where]
    for column in wanted:
        if column not in features:
            raise RecipeError(
                f"sources: {source.path!r} has no column {column!r}; it has: {', '.join(features)}"
            )
    return rows


def _load(source: DatasetSource, **options: Any) -> Any:
    # Importing it takes a second, which other kinds of sources need not wait for.
    import datasets

    if local_folder(source) is None and source.revision is None:
        raise RecipeError(
            f"sources: there is no folder {source.path!r}; a data set of the hub needs a revision, "
            f"the commit that its page shows under Files, so that the set can be built again"
        )
    quiet = datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        return datasets.load_dataset(
            local_folder(source) or source.path,
            source.config,
            split=source.subset,
            revision=source.revision,
            **options,
        )
    finally:
        if not quiet:
            datasets.enable_progress_bars()


def _with_bytes(data: Any, column: str) -> Any:
    """The data set with its pictures left encoded."""
    import datasets

    if data.features is not None and isinstance(data.features.get(column), datasets.Image):
        return data.cast_column(column, datasets.Image(decode=False))
    return data


class _Mapped:
    def __init__(self, source: DatasetSource) -> None:
        self._data = _with_bytes(_load(source), source.columns.image)

    @property
    def features(self) -> Mapping[str, Any]:
        features: Mapping[str, Any] = self._data.features
        return features

    def light(self, columns: Sequence[str]) -> Iterator[Row]:
        if not columns:
            return iter([{}] * len(self._data))
        rows: Iterator[Row] = iter(self._data.select_columns(list(columns)))
        return rows

    def row(self, number: int) -> Row:
        row: Row = self._data[number]
        return row


class _Streamed:
    """Goes through a stream piece by piece (row groups, or files), and knows where each begins."""

    def __init__(self, source: DatasetSource) -> None:
        self._source = source
        data = _load(source, streaming=True)
        if data.features is None:
            data = data._resolve_features()
        self._data = _in_pieces(_with_bytes(data, source.columns.image))
        self._pieces = int(self._data.num_shards)
        self._starts = [0]
        self._counting = threading.Lock()
        # The piece that is being read and how far: threads read different stretches.
        self._state = threading.local()

    @property
    def features(self) -> Mapping[str, Any]:
        features: Mapping[str, Any] = self._data.features
        return features

    def light(self, columns: Sequence[str]) -> Iterator[Row]:
        data = self._narrow(columns)
        number = 0
        for piece in range(self._pieces):
            self._note_start(piece, number)
            for row in data.shard(self._pieces, piece):
                number += 1
                yield row

    def row(self, number: int) -> Row:
        piece, before = self._place(number)
        state = self._state
        # Rows are asked for in order, perhaps with gaps: mostly the open piece is read on.
        if getattr(state, "piece", None) != piece or state.next > before:
            rows = self._data.shard(self._pieces, piece)
            state.piece, state.next, state.rows = piece, before, iter(rows.skip(before))
        row: Row = next(islice(state.rows, before - state.next, None))
        state.next = before + 1
        return row

    def _place(self, number: int) -> tuple[int, int]:
        """The piece that holds a row, and how many rows of the piece lie before it."""
        while self._starts[-1] <= number and len(self._starts) <= self._pieces:
            piece, start = len(self._starts) - 1, self._starts[-1]
            count = sum(1 for _ in self._narrowest.shard(self._pieces, piece))
            self._note_start(piece + 1, start + count)
        piece = bisect_right(self._starts, number) - 1
        return piece, number - self._starts[piece]

    def _note_start(self, piece: int, number: int) -> None:
        with self._counting:
            if piece == len(self._starts):
                self._starts.append(number)

    @cached_property
    def _narrowest(self) -> Any:
        return self._narrow(())

    def _narrow(self, columns: Sequence[str]) -> Any:
        """The stream with these columns alone, or one small one where none is wanted."""
        image = self._source.columns.image
        names = list(columns) or [name for name in self.features if name != image][:1] or [image]
        try:
            # Of Parquet files nothing but these columns is fetched then.
            return _in_pieces(_load(self._source, streaming=True, columns=names))
        except ValueError:
            return self._data.select_columns(names)


def _in_pieces(stream: Any) -> Any:
    """The stream in the smallest pieces that can be read alone; older releases know files only."""
    return stream.reshard() if hasattr(stream, "reshard") else stream


@contextmanager
def _explained(source: DatasetSource) -> Iterator[None]:
    """Errors of the datasets library in words that say what to do."""
    try:
        yield
    except ConnectionError as error:
        raise StorageError(
            f"the data set {source.path!r} could not be fetched from the hub: {error}. "
            f"Without a network, download it elsewhere (hf download {source.path} --repo-type "
            f"dataset --revision {source.revision} --local-dir FOLDER) and set path to that folder"
        ) from error
    except (ValueError, FileNotFoundError) as error:
        raise RecipeError(
            f"sources: the data set {source.path!r} cannot be read: {error}"
        ) from error
