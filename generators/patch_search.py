"""Finds, for the patches of a hole, the nearest known patches of the same picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from schemas.picture import Mask

Planes = npt.NDArray[np.float32]
Positions = npt.NDArray[np.intp]
Costs = npt.NDArray[np.float32]
_Difference = Callable[[Positions, "Positions | slice"], Costs]

STRIDE = 2
"""Every second patch of the hole is matched; all of them vote."""
_MOST_SOURCES = 6000
_MOST_QUERIES = 6000


@dataclass(frozen=True, slots=True)
class Level:
    """One pyramid level. Patches are named by their top left corner.

    `planes`: opponent colours (height, width, 3). `hole`: (height, width). `usable`: corners of
    wholly known patches. `nearest_usable`: for every corner, the usable one nearest to it.
    `targets`: corners (n, 2) of the patches to be matched; `trust`: (n,) their weight in the vote.
    """

    planes: Planes
    hole: Mask
    usable: Mask
    nearest_usable: Positions
    targets: Positions
    trust: npt.NDArray[np.float32]


def snap(corners: Positions, level: Level) -> Positions:
    """Each corner, or the usable corner nearest to it."""
    height, width = level.usable.shape
    rows = np.clip(corners[:, 0], 0, height - 1)
    columns = np.clip(corners[:, 1], 0, width - 1)
    return level.nearest_usable[rows, columns]


class PatchSearch:
    """Looks for the nearest known patch of every target patch of one level."""

    def __init__(self, level: Level, patch: int, rng: np.random.Generator) -> None:
        self._level, self._patch = level, patch
        corners = np.argwhere(level.usable)
        if len(corners) > _MOST_SOURCES:
            corners = corners[np.sort(rng.choice(len(corners), _MOST_SOURCES, replace=False))]
        self._sources = corners
        self._index = np.full(level.usable.shape, -1, np.intp)
        self._index[level.targets[:, 0], level.targets[:, 1]] = np.arange(len(level.targets))
        self._tree: cKDTree | None = None

    def match(self, planes: Planes, matches: Positions | None) -> tuple[Positions, Costs]:
        """Corners (n, 2) of the best known patches found, and their mean squared differences."""
        level, patch = self._level, self._patch
        windows = _windows(planes, patch)
        wanted = windows[level.targets[:, 0], level.targets[:, 1]]

        def difference(corners: Positions, rows: Positions | slice) -> Costs:
            gap = windows[corners[:, 0], corners[:, 1]] - wanted[rows]
            flat = gap.reshape(len(gap), 3 * patch * patch)
            squares: Costs = np.einsum("ij,ij->i", flat, flat)
            return squares / np.float32(flat.shape[1])

        every = slice(None)
        if matches is None or len(level.targets) <= _MOST_QUERIES:
            found = self._nearest(planes)
            cost = difference(found, every)
            if matches is not None:
                old = difference(matches, every)
                keep = old <= cost
                found = np.where(keep[:, None], matches, found)
                cost = np.where(keep, old, cost)
        else:
            found, cost = matches.copy(), difference(matches, every)
        for step in (STRIDE, 4 * STRIDE, STRIDE):
            for shift in ((step, 0), (-step, 0), (0, step), (0, -step)):
                self._spread(np.array(shift), found, cost, difference)
        return found, cost

    def _spread(
        self, shift: Positions, found: Positions, cost: Costs, difference: _Difference
    ) -> None:
        """Let each target try the match of the target at `shift` from it, moved accordingly."""
        level = self._level
        at = level.targets + shift
        inside = ((at >= 0) & (at < level.usable.shape)).all(axis=1)
        neighbour = np.full(len(at), -1)
        neighbour[inside] = self._index[at[inside, 0], at[inside, 1]]
        rows = np.flatnonzero(neighbour >= 0)
        candidate = snap(found[neighbour[rows]] - shift, level)
        new = (candidate != found[rows]).any(axis=1)
        rows, candidate = rows[new], candidate[new]
        tried = difference(candidate, rows)
        better = tried < cost[rows]
        found[rows[better]] = candidate[better]
        cost[rows[better]] = tried[better]

    def _nearest(self, planes: Planes) -> Positions:
        features = _features(planes, self._patch)
        if self._tree is None:
            at = self._sources
            self._tree = cKDTree(features[at[:, 0], at[:, 1]])
        targets = self._level.targets
        _, index = self._tree.query(features[targets[:, 0], targets[:, 1]], eps=1.0)
        found: Positions = self._sources[index]
        return found


def _features(planes: Planes, patch: int) -> Planes:
    """The low frequencies of every patch, (rows, columns, 16), by top left corner.

    The cosine transform stands in for principal components: nearly as compact on pictures, and
    the same for every picture, so that nothing hangs on an eigensolver's rounding.
    """
    basis = cosines(patch)
    orders = [(i, j) for i in range(4) for j in range(4) if i + j < 4]
    wanted = [(0, i, j) for i, j in orders] + [
        (channel, i, j) for channel in (1, 2) for i, j in orders if i + j < 2
    ]
    height, width = (side - patch + 1 for side in planes.shape[:2])
    features = np.empty((height, width, len(wanted)), np.float32)
    for number, (channel, i, j) in enumerate(wanted):
        plane = np.ascontiguousarray(planes[..., channel])
        response = cv2.sepFilter2D(plane, cv2.CV_32F, basis[j], basis[i], anchor=(0, 0))
        features[..., number] = response[:height, :width]
    return features


def _windows(planes: Planes, patch: int) -> Planes:
    """Every patch by its top left corner: (rows, columns, 3, patch, patch), a view."""
    height, width, channels = planes.shape
    y, x, c = planes.strides
    shape = (height - patch + 1, width - patch + 1, channels, patch, patch)
    return np.lib.stride_tricks.as_strided(planes, shape, (y, x, c, y, x), writeable=False)


def cosines(length: int) -> npt.NDArray[np.float64]:
    """The orthonormal DCT-II basis, shape (length, length), one basis vector a row."""
    steps = np.arange(length)
    basis = np.cos(np.pi / length * (steps[None, :] + 0.5) * steps[:, None])
    basis *= np.sqrt(2.0 / length)
    basis[0] /= np.sqrt(2.0)
    return basis
