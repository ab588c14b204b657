"""Embeds every picture of sets with a learned model, piece by piece, and keeps finished pieces."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from upath import UPath

from curation.embeddings.embedder import Embedder
from flows.duplicates.gathering import parts_folder
from schemas.errors import StorageError
from schemas.identity import digest
from schemas.picture import Pixels
from storage.files import read_bytes, write_bytes
from storage.picture_sets.contract import PictureSet
from storage.reading import read_picture

Vectors = npt.NDArray[np.float16]


def embed_sets(
    sets: Sequence[PictureSet],
    places: Sequence[tuple[int, str]],
    prints: pa.Table,
    model: str,
    cache: UPath | None = None,
    advance: Callable[[int], None] = lambda pictures: None,
) -> Vectors:
    """Unit vectors, float16 (n, d), of the n pictures of `prints`, which all could be read.

    `model` is loaded when the first piece is not found in `cache`.
    """
    loaded: list[Embedder] = []
    found = []
    for place, keys in _by_place(prints):
        number, piece = places[place]
        path = None
        if cache is not None:
            key = digest(model, sets[number].stamp(piece), keys)[:20]
            path = parts_folder(cache, sets[number]) / f"embedding-{key}.npy"
        vectors = None if path is None else _read(path)
        if vectors is None:
            if not loaded:
                loaded.append(Embedder(model))
            vectors = np.concatenate(list(loaded[0].embed(_pixels(sets[number], piece, keys))))
            if path is not None:
                buffer = io.BytesIO()
                np.save(buffer, vectors)
                write_bytes(path, buffer.getvalue())
        found.append(vectors)
        advance(len(keys))
    return np.concatenate(found) if found else np.zeros((0, 1), np.float16)


def _by_place(prints: pa.Table) -> Iterator[tuple[int, list[str]]]:
    """The keys of every place's pictures. Rows lie place by place."""
    place = prints["place"].to_numpy()
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(place)], strict=True):
        yield int(place[start]), prints["key"].slice(start, end - start).to_pylist()


def _pixels(pictures: PictureSet, piece: str, keys: Sequence[str]) -> Iterator[Pixels]:
    wanted = set(keys)
    met = 0
    for one in pictures.read(piece, ()):
        if one.key in wanted:
            met += 1
            yield read_picture(one.data)[0]
    if met != len(keys):
        raise StorageError(
            f"{pictures.name} has changed while it was read; run the same command again"
        )


def _read(path: UPath) -> Vectors | None:
    if not path.exists():
        return None
    try:
        vectors: Vectors = np.load(io.BytesIO(read_bytes(path)), allow_pickle=False)
    except (ValueError, StorageError):
        return None
    return vectors
