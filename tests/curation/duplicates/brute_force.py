"""What every search must find, by comparing all with all."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from curation.duplicates.engines import Pairs

ENGINES = ("numba", "numpy")
Hashes = npt.NDArray[np.uint64]


@st.composite
def clumped(draw: st.DrawFn, words: int | None = None, most: int = 60) -> Hashes:
    """Hashes, (n, words), of which many are equal or near: few bits vary."""
    count = draw(st.integers(0, most))
    wide = words or draw(st.integers(1, 4))
    bits = draw(st.sampled_from([3, 8, 12, 20, 64]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = rng.integers(0, 2**bits, (count, wide), np.uint64)
    shift = rng.integers(0, 65 - bits, wide).astype(np.uint64)
    return np.asarray(values << shift, np.uint64)


def distances(left: Hashes, right: Hashes) -> npt.NDArray[np.int64]:
    """All distances, (n, m), of hashes (n, words) and (m, words)."""
    apart = left[:, None] ^ right[None]
    return np.asarray(np.bitwise_count(apart).sum(axis=2, dtype=np.int64))


def listed(near: npt.NDArray[np.bool_], apart: npt.NDArray[np.int64]) -> set[tuple[int, int, int]]:
    first, second = np.nonzero(near)
    return set(zip(first.tolist(), second.tolist(), apart[first, second].tolist(), strict=True))


def collected(blocks: Iterable[Pairs]) -> list[tuple[int, int, int]]:
    """All pairs of the blocks, each of which must be in order."""
    found: list[tuple[int, int, int]] = []
    for block in blocks:
        columns = (block.first.tolist(), block.second.tolist(), block.distance.tolist())
        rows = list(zip(*columns, strict=True))
        assert rows == sorted(rows)
        found += rows
    return found


def smallest_linked(near: npt.NDArray[np.bool_]) -> list[int]:
    """For each node of a graph the smallest of its component."""
    if not len(near):
        return []
    _, labels = connected_components(near, directed=False)
    first: dict[int, int] = {}
    return [first.setdefault(label, place) for place, label in enumerate(labels.tolist())]


def tight_ball(count: int, flips: int, seed: int = 0) -> Hashes:
    """Hashes, (n, 1), that differ from one another in at most twice that many bits."""
    rng = np.random.default_rng(seed)
    values = np.full(count, rng.integers(0, 2**64, dtype=np.uint64))
    for _ in range(flips):
        values ^= np.uint64(1) << rng.integers(0, 64, count).astype(np.uint64)
    return values[:, None]
