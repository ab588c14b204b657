"""Picks a patch of background: sky, wall, grass, with an outline as nature draws them."""

from __future__ import annotations

import cv2
import numpy as np
from skimage.graph import MCP_Geometric

from generators.contract import CannotForge
from generators.requested_masks.free_form import terrain
from generators.requested_masks.salience import Plane, main_component, reduce, salience, to_lab
from schemas.picture import Mask, Pixels

_TRIES = 6
_SALIENT = 0.4


def background_patch(pixels: Pixels, rng: np.random.Generator, area: tuple[float, float]) -> Mask:
    """A connected patch of quiet background that stays clear of what stands out.

    It is flooded from a random quiet place; differing colours, edges and a random terrain slow
    the flood. Raises `CannotForge` ("no_background") where there is no such patch.
    """
    small = reduce(pixels)
    lab = to_lab(small, blur=1.0)
    slopes = np.concatenate(
        [cv2.Sobel(lab, cv2.CV_32F, 1, 0), cv2.Sobel(lab, cv2.CV_32F, 0, 1)], axis=2
    )
    busy = np.asarray(np.linalg.norm(slopes, axis=2), np.float32)
    allowed = _clear_of_objects(salience(small))
    starts = np.flatnonzero(allowed & (busy <= np.median(busy)))
    for _ in range(_TRIES if starts.size else 0):
        row, column = divmod(int(rng.choice(starts)), small.shape[1])
        arrival = _flood(lab, busy, allowed, (row, column), rng)
        reached = float(np.isfinite(arrival).mean())
        if reached < area[0]:
            continue
        goal = rng.uniform(area[0], min(area[1], reached))
        patch = _until(arrival, goal, pixels.shape[0], pixels.shape[1])
        if area[0] <= patch.mean() <= area[1]:
            return patch
    raise CannotForge("no_background", "no patch of background is of the size that is asked for")


def _clear_of_objects(map_: Plane) -> Mask:
    salient = (map_ >= _SALIENT).astype(np.uint8)
    clear: Mask = cv2.dilate(salient, np.ones((5, 5), np.uint8)) == 0
    return clear


def _flood(
    lab: Plane, busy: Plane, allowed: Mask, start: tuple[int, int], rng: np.random.Generator
) -> Plane:
    """When a flood from `start` reaches each pixel; never where it is not allowed."""
    row, column = start
    own = lab[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3].mean(axis=(0, 1))
    unlike = np.linalg.norm(lab - own, axis=2)
    rough = np.exp(1.2 * terrain(allowed.shape[0], allowed.shape[1], rng))
    cost = (0.3 + unlike / 8.0 + busy / 12.0) * rough
    flood = MCP_Geometric(np.where(allowed, cost, np.inf))
    arrival, _ = flood.find_costs([start])
    return np.asarray(arrival, np.float32)


def _until(arrival: Plane, goal: float, height: int, width: int) -> Mask:
    """What the flood has covered when it covers the share `goal`, at full size."""
    reached = np.isfinite(arrival)
    dry = float(arrival[reached].max()) * 1.5 + 1.0
    level = cv2.resize(np.where(reached, arrival, np.float32(dry)), (width, height))
    sigma = 0.5 * height / arrival.shape[0]
    smooth = np.asarray(cv2.GaussianBlur(level, (0, 0), sigma), np.float32)
    return main_component(smooth <= np.quantile(smooth, goal))
