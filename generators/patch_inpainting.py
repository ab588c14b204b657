"""Fills holes with patches of the same picture, so that texture continues where diffusion blurs.

Wexler, Shechtman, Irani: "Space-Time Completion of Video" (TPAMI 2007): coarse to fine, each patch
that touches the hole looks for its nearest known patch, and each pixel is the weighted mean of what
the patches over it found. Between pyramid levels the matches are carried up rather than the blurred
picture (Newson et al., "Video Inpainting of Complex Scenes", SIAM J. Imaging Sciences 2014), and
matches spread to neighbouring patches (Barnes et al., "PatchMatch", SIGGRAPH 2009), which keeps
neighbours copying from one place and so keeps the texture sharp.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree

from schemas.picture import Mask, Pixels

Planes = npt.NDArray[np.float32]
Positions = npt.NDArray[np.intp]
Costs = npt.NDArray[np.float32]
_Difference = Callable[[Positions, "Positions | slice"], Costs]

# Patches of the pyramid's coarsest level should nearly span the hole, or its middle sees nothing
# that is known; a level must still hold enough known patches to choose from.
_LEAST_SOURCES = 64
_MOST_SOURCES = 6000
_MOST_QUERIES = 6000
_STRIDE = 2
# How fast the trust in a patch falls with its depth in the hole (Wexler et al., section 3.3).
_TRUST_BASE = 1.3


def _cosines(length: int) -> npt.NDArray[np.float64]:
    """The orthonormal DCT-II basis, shape (length, length), one basis vector a row."""
    steps = np.arange(length)
    basis = np.cos(np.pi / length * (steps[None, :] + 0.5) * steps[:, None])
    basis *= np.sqrt(2.0 / length)
    basis[0] /= np.sqrt(2.0)
    return basis


_OPPONENT = _cosines(3).astype(np.float32)


def complete(
    pixels: Pixels, hole: Mask, *, patch: int = 7, iterations: int = 4, seed: int = 0
) -> Pixels:
    """Fill `hole` of RGB uint8 (height, width, 3); every other pixel stays as it is.

    `patch` is the odd side of the square patches, `iterations` the rounds of search and vote at
    each pyramid level (fewer at the finest, where the matches hardly change). `seed` chooses which
    known patches take part where there are too many. Where the picture holds too few whole known
    patches, the hole is filled by diffusion (Telea 2004) instead.
    """
    if patch < 3 or patch % 2 == 0:
        raise ValueError(f"patch must be an odd number of at least 3, not {patch}")
    if hole.shape != pixels.shape[:2]:
        raise ValueError(f"hole {hole.shape} and picture {pixels.shape[:2]} differ in size")
    result = pixels.copy()
    if not hole.any():
        return result
    window = _surroundings(hole)
    area, gap = pixels[window], hole[window]
    levels = _pyramid(area, gap, patch)
    if not levels:
        filled = cv2.inpaint(np.ascontiguousarray(area), gap.astype(np.uint8), 3, cv2.INPAINT_TELEA)
    else:
        filled = _solve(levels, patch, iterations, np.random.default_rng(seed))
    result[window][gap] = filled[gap]
    return result


def _surroundings(hole: Mask) -> tuple[slice, slice]:
    """The hole's box, widened by its own size: near texture fits best, and less is searched."""
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    margin = max(48, rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1)
    return (
        slice(max(0, int(rows[0] - margin)), int(rows[-1] + margin + 1)),
        slice(max(0, int(columns[0] - margin)), int(columns[-1] + margin + 1)),
    )


@dataclass(frozen=True, slots=True)
class _Level:
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


def _pyramid(area: Pixels, gap: Mask, patch: int) -> list[_Level]:
    """Levels from fine to coarse, halved while the hole is deeper than a patch."""
    levels: list[_Level] = []
    planes = cv2.transform(area.astype(np.float32), _OPPONENT)
    hole = gap
    while min(hole.shape) >= patch:
        level = _level(planes, hole, patch)
        if level is None:
            break
        levels.append(level)
        if cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3).max() <= patch / 2:
            break
        planes, hole = _halve(planes, hole)
    return levels


def _halve(planes: Planes, hole: Mask) -> tuple[Planes, Mask]:
    """Half the size by averaging the known pixels of each 2 by 2 block; unknown if none is."""
    height, width = (side + side % 2 for side in hole.shape)
    grown = ((0, height - hole.shape[0]), (0, width - hole.shape[1]))
    known = np.pad(~hole, grown, mode="edge").astype(np.float32)
    values = np.pad(planes, (*grown, (0, 0)), mode="edge") * known[..., None]
    weight = known.reshape(height // 2, 2, width // 2, 2).sum(axis=(1, 3))
    total = values.reshape(height // 2, 2, width // 2, 2, 3).sum(axis=(1, 3))
    # A block that is half unknown would bleed one side of the hole's edge into its half.
    return total / np.maximum(weight, 1.0)[..., None], weight < 2


def _level(planes: Planes, hole: Mask, patch: int) -> _Level | None:
    ones = np.ones((patch, patch), np.uint8)
    touched = cv2.dilate(hole.astype(np.uint8), ones, anchor=(0, 0), borderValue=0)
    corners = touched[: hole.shape[0] - patch + 1, : hole.shape[1] - patch + 1] > 0
    usable = ~corners
    if int(usable.sum()) < _LEAST_SOURCES or corners.sum() == 0:
        return None
    nearest = distance_transform_edt(~usable, return_distances=False, return_indices=True)
    on_grid = np.zeros_like(corners)
    # The last row and column belong to the grid, or a hole at the border would stay uncovered.
    rows, columns = ({*range(0, n, _STRIDE), n - 1} for n in corners.shape)
    on_grid[np.ix_(sorted(rows), sorted(columns))] = True
    targets = np.argwhere(corners & on_grid)
    depth = cv2.distanceTransform(np.pad(hole, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 3)[
        1:-1, 1:-1
    ]
    centre = targets + patch // 2
    trust = _TRUST_BASE ** -depth[centre[:, 0], centre[:, 1]]
    return _Level(planes, hole, usable, np.moveaxis(nearest, 0, -1), targets, trust)


def _solve(levels: list[_Level], patch: int, iterations: int, rng: np.random.Generator) -> Pixels:
    """The filled picture of the finest level, RGB uint8."""
    coarsest = levels[-1]
    planes = _diffuse(coarsest.planes, coarsest.hole)
    matches: Positions | None = None
    for index in range(len(levels) - 1, -1, -1):
        level = levels[index]
        if matches is not None:
            matches = _carry_up(levels[index + 1].targets, matches, level)
            planes = _vote(level, level.planes, matches, patch, None)
        rounds = iterations if index else max(1, iterations // 2)
        search = _Search(level, patch, rng)
        for _ in range(rounds):
            matches, cost = search.match(planes, matches)
            planes = _vote(level, planes, matches, patch, cost)
    rgb = cv2.transform(planes, np.ascontiguousarray(_OPPONENT.T))
    return np.clip(np.rint(rgb), 0, 255).astype(np.uint8)


def _diffuse(planes: Planes, hole: Mask) -> Planes:
    """A smooth first guess: normalised convolution with ever wider Gaussians, inwards."""
    known = (~hole).astype(np.float32)
    filled, weight = planes * known[..., None], known
    result = planes.copy()
    missing = hole.copy()
    sigma = 1.0
    while missing.any():
        total = cv2.GaussianBlur(weight, (0, 0), sigma)
        mean = cv2.GaussianBlur(filled, (0, 0), sigma)
        reached = missing & (total > 1e-3)
        result[reached] = mean[reached] / total[reached][:, None]
        missing &= ~reached
        sigma *= 2.0
    return result


def _carry_up(coarse_targets: Positions, matches: Positions, level: _Level) -> Positions:
    """Matches for a level from those of the level half its size: same offset, twice as long."""
    _, nearest = cKDTree(coarse_targets).query(level.targets / 2.0)
    wanted = level.targets + 2 * (matches[nearest] - coarse_targets[nearest])
    return _snap(wanted, level)


def _snap(corners: Positions, level: _Level) -> Positions:
    """Each corner, or the usable corner nearest to it."""
    height, width = level.usable.shape
    rows = np.clip(corners[:, 0], 0, height - 1)
    columns = np.clip(corners[:, 1], 0, width - 1)
    return level.nearest_usable[rows, columns]


class _Search:
    """Looks for the nearest known patch of every target patch of one level."""

    def __init__(self, level: _Level, patch: int, rng: np.random.Generator) -> None:
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
        windows = np.lib.stride_tricks.sliding_window_view(planes, (patch, patch), axis=(0, 1))
        wanted = windows[level.targets[:, 0], level.targets[:, 1]]

        def difference(corners: Positions, rows: Positions | slice) -> Costs:
            gap = windows[corners[:, 0], corners[:, 1]] - wanted[rows]
            flat = gap.reshape(len(gap), 3 * patch * patch)
            return np.einsum("ij,ij->i", flat, flat) / np.float32(flat.shape[1])

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
        for step in (_STRIDE, 4 * _STRIDE, _STRIDE):
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
        candidate = _snap(found[neighbour[rows]] - shift, level)
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
        return self._sources[index]


def _features(planes: Planes, patch: int) -> Planes:
    """The low frequencies of every patch, (rows, columns, 16), by top left corner.

    The cosine transform stands in for principal components: nearly as compact on pictures, and
    the same for every picture, so that nothing hangs on an eigensolver's rounding.
    """
    basis = _cosines(patch)
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


def _vote(
    level: _Level,
    planes: Planes,
    matches: Positions,
    patch: int,
    cost: Costs | None,
) -> Planes:
    """Each pixel of the hole as the weighted mean of what the patches over it copied."""
    weight = level.trust
    if cost is not None:
        # Wexler et al. take the 75th percentile of the distances as their scale.
        scale = max(float(np.percentile(cost, 75)), 1e-3)
        weight = weight * np.exp(-cost / (2.0 * np.float32(scale)))
    weight = np.maximum(weight, 1e-12).astype(np.float32)[:, None]
    total = np.zeros_like(planes)
    mass = np.zeros((*planes.shape[:2], 1), np.float32)
    targets = level.targets
    for y in range(patch):
        for x in range(patch):
            # Targets are distinct, so that no pixel is met twice within one offset.
            total[targets[:, 0] + y, targets[:, 1] + x] += (
                weight * planes[matches[:, 0] + y, matches[:, 1] + x]
            )
            mass[targets[:, 0] + y, targets[:, 1] + x] += weight
    result = planes.copy()
    result[level.hole] = total[level.hole] / mass[level.hole]
    return result
