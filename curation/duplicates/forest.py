"""Union-find on arrays: whole blocks of links at once, in NumPy and SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Members = npt.NDArray[np.int32]


def new_forest(size: int) -> Members:
    """`size` trees of one member, int32 (size,): a member's parent, itself if it is a root."""
    return np.arange(size, dtype=np.int32)


def roots(parents: Members, members: npt.NDArray[Any]) -> Members:
    """The roots of members' trees, int32; shortens their paths on the way."""
    found: Members = parents[members]
    while True:
        above = parents[found]
        if np.array_equal(above, found):
            parents[members] = found
            return found
        found = above


def unite(parents: Members, one: npt.NDArray[Any], other: npt.NDArray[Any]) -> None:
    """Unite the trees of one[k] and other[k], for every k, under their smallest root."""
    ours, theirs = roots(parents, one), roots(parents, other)
    parted = ours != theirs
    if not parted.any():
        return
    nodes, places = np.unique(np.stack([ours[parted], theirs[parted]]), return_inverse=True)
    first, second = places.reshape(2, -1)
    links = coo_array((np.ones(first.size, np.bool_), (first, second)), shape=(nodes.size,) * 2)
    _, labels = connected_components(links, directed=False)
    # Nodes are sorted, so that the first of each label is its smallest.
    _, smallest = np.unique(labels, return_index=True)
    parents[nodes] = nodes[smallest[labels]]
