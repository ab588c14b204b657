"""Fills holes with patches of the same picture, so that texture continues where diffusion blurs.

Wexler, Shechtman, Irani: "Space-Time Completion of Video" (TPAMI 2007): coarse to fine, each patch
that touches the hole looks for its nearest known patch, and each pixel is the weighted mean of what
the patches over it found. Between pyramid levels the matches are carried up rather than the blurred
picture (Newson et al., "Video Inpainting of Complex Scenes", SIAM J. Imaging Sciences 2014), and
matches spread to neighbouring patches (Barnes et al., "PatchMatch", SIGGRAPH 2009), which keeps
neighbours copying from one place and so keeps the texture sharp.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree

from generators.patch_search import (
    STRIDE,
    Costs,
    Level,
    PatchSearch,
    Planes,
    Positions,
    cosines,
    snap,
)
from schemas.picture import Mask, Pixels

# The pyramid ends where patches reach from the hole's edge to its middle: coarser ones span so much
# that the thin strips around a hole, a sky over roofs, hold no whole patch to copy from. A level
# must also hold enough known patches to choose from.
_LEAST_SOURCES = 64
# How fast the trust in a patch falls with its depth in the hole (Wexler et al., section 3.3).
_TRUST_BASE = 1.3


_OPPONENT = cosines(3).astype(np.float32)


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


def _pyramid(area: Pixels, gap: Mask, patch: int) -> list[Level]:
    """Levels from fine to coarse, halved while the hole is deeper than a patch."""
    levels: list[Level] = []
    planes = np.asarray(cv2.transform(area.astype(np.float32), _OPPONENT), np.float32)
    hole = gap
    while min(hole.shape) >= patch:
        level = _level(planes, hole, patch)
        if level is None:
            break
        levels.append(level)
        if cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3).max() <= patch:
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


def _level(planes: Planes, hole: Mask, patch: int) -> Level | None:
    ones = np.ones((patch, patch), np.uint8)
    touched = cv2.dilate(hole.astype(np.uint8), ones, anchor=(0, 0), borderValue=0)
    corners = touched[: hole.shape[0] - patch + 1, : hole.shape[1] - patch + 1] > 0
    usable = ~corners
    if int(usable.sum()) < _LEAST_SOURCES or corners.sum() == 0:
        return None
    nearest = distance_transform_edt(~usable, return_distances=False, return_indices=True)
    on_grid = np.zeros_like(corners)
    # The last row and column belong to the grid, or a hole at the border would stay uncovered.
    rows, columns = ({*range(0, n, STRIDE), n - 1} for n in corners.shape)
    on_grid[np.ix_(sorted(rows), sorted(columns))] = True
    targets = np.argwhere(corners & on_grid)
    depth = cv2.distanceTransform(np.pad(hole, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 3)[
        1:-1, 1:-1
    ]
    centre = targets + patch // 2
    trust = _TRUST_BASE ** -depth[centre[:, 0], centre[:, 1]]
    return Level(planes, hole, usable, np.moveaxis(nearest, 0, -1), targets, trust)


def _solve(levels: list[Level], patch: int, iterations: int, rng: np.random.Generator) -> Pixels:
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
        search = PatchSearch(level, patch, rng)
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


def _carry_up(coarse_targets: Positions, matches: Positions, level: Level) -> Positions:
    """Matches for a level from those of the level half its size: same offset, twice as long."""
    _, nearest = cKDTree(coarse_targets).query(level.targets / 2.0)
    wanted = level.targets + 2 * (matches[nearest] - coarse_targets[nearest])
    return snap(wanted, level)


def _vote(
    level: Level,
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
