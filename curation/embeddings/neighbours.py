"""Pairs of vectors that point nearly the same way: all of them in small sets, by faiss in large."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.errors import MissingExtraError

EXACT = 50_000
"""Vectors up to which all pairs are compared."""

_BLOCK = 1024  # vectors at a time
_PROBED = 16  # cells that a vector is compared with
_TAUGHT = 64  # vectors from which the centre of a cell is learnt
# What float16 and another order of summing may change: so much below, pairs are computed again.
_MARGIN = 2e-3
_ROUNDING = 1e-6

_Vectors = npt.NDArray[np.floating[Any]]
_Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Links:
    """A block of pairs: `first` < `second`, int64 (k,), and their `cosine`, float32 (k,).

    Sorted by `first`, then `second`.
    """

    first: _Places
    second: _Places
    cosine: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return self.first.size


def near_vectors(vectors: _Vectors, cosine: float, *, exact: int = EXACT) -> Iterator[Links]:
    """All pairs i < j of rows of `vectors` (n, d), unit vectors, whose cosine is at least `cosine`.

    Up to `exact` vectors are compared each with each. Of more, each is compared with those of the
    16 cells, of 4 times the root of n, whose centres are nearest to it (faiss, `IndexIVF` in
    float16): few pairs of a high cosine escape it, which 0.9 is. Raises `MissingExtraError`
    where faiss is needed and not installed, ValueError for a cosine that is not above 0 and at
    most 1.
    """
    if not 0 < cosine <= 1:
        raise ValueError(f"pictures are alike from a cosine between 0 and 1 on, not {cosine}")
    least = cosine - _MARGIN
    pairs = _each_with_each if len(vectors) <= exact else _by_cells
    for first, second in pairs(vectors, least):
        one, other = vectors[first].astype(np.float32), vectors[second].astype(np.float32)
        lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
        alike = np.minimum(np.einsum("kd,kd->k", one, other) / lengths, 1)
        near = alike >= cosine - _ROUNDING
        if near.any():
            yield Links(first[near], second[near], alike[near].astype(np.float32))


def _each_with_each(vectors: _Vectors, least: float) -> Iterator[tuple[_Places, _Places]]:
    for top in range(0, len(vectors), _BLOCK):
        rows = vectors[top : top + _BLOCK].astype(np.float32)
        for left in range(top, len(vectors), _BLOCK):
            columns = vectors[left : left + _BLOCK].astype(np.float32)
            first, second = np.nonzero(rows @ columns.T >= least)
            later = first + top < second + left
            yield first[later] + top, second[later] + left


def _by_cells(vectors: _Vectors, least: float) -> Iterator[tuple[_Places, _Places]]:
    try:
        import faiss
    except ImportError as error:
        raise MissingExtraError(
            "curate", "faiss-cpu", f"The comparison of {len(vectors)} embeddings"
        ) from error
    count, width = vectors.shape
    cells = max(1, min(int(4 * np.sqrt(count)), count // _TAUGHT))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(width),
        width,
        cells,
        faiss.ScalarQuantizer.QT_fp16,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.nprobe = _PROBED
    step = max(1, count // (cells * _TAUGHT))
    index.train(np.ascontiguousarray(vectors[::step], np.float32))
    for top in range(0, count, _BLOCK):
        index.add(np.ascontiguousarray(vectors[top : top + _BLOCK], np.float32))
    for top in range(0, count, _BLOCK):
        rows = np.ascontiguousarray(vectors[top : top + _BLOCK], np.float32)
        limits, _, second = index.range_search(rows, least)
        first = np.repeat(np.arange(top, top + len(rows)), np.diff(limits.astype(np.int64)))
        later = first < second
        order = np.lexsort((second[later], first[later]))
        yield first[later][order], second[later][order].astype(np.int64)
