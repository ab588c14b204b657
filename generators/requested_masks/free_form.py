"""Random free forms, strokes of a brush and blobs, that follow nothing in the picture."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from generators.contract import CannotForge
from generators.requested_masks.salience import Plane, main_component
from schemas.picture import Mask

_FLEXES = 7
_BISECTIONS = 12


def free_form(height: int, width: int, rng: np.random.Generator, area: tuple[float, float]) -> Mask:
    """Strokes or a blob over a share of the picture drawn from `area`.

    Strokes are after Yu et al., "Free-Form Image Inpainting with Gated Convolution", ICCV 2019,
    with curves for their straight lines. Raises `CannotForge` ("no_strokes") where none fit.
    """
    goal = float(rng.uniform(*area))
    strokes = rng.random() < 0.5
    mask = _strokes(height, width, goal, rng) if strokes else _blob(height, width, goal, rng)
    if not area[0] <= mask.mean() <= area[1]:
        mask = _blob(height, width, goal, rng)
    if not area[0] <= mask.mean() <= area[1]:
        raise CannotForge("no_strokes", "no free form of the size that is asked for fits")
    return mask


def terrain(height: int, width: int, rng: np.random.Generator) -> Plane:
    """A smooth random surface (height, width), mean 0, deviation 1, hills of several sizes."""
    surface = np.zeros((height, width), np.float32)
    for cells in (3, 6, 12):
        grid = rng.standard_normal((cells + 1, cells + 1)).astype(np.float32) / np.sqrt(cells)
        surface += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray((surface - surface.mean()) / max(float(surface.std()), 1e-6), np.float32)


def _blob(height: int, width: int, goal: float, rng: np.random.Generator) -> Mask:
    """The highest ground of a hill with a rough surface, about the share `goal`."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    centre_y, centre_x = rng.uniform(0.2, 0.8) * height, rng.uniform(0.2, 0.8) * width
    reach = np.sqrt(goal * height * width)
    stretch = rng.uniform(0.7, 1.4)
    away = np.hypot((rows - centre_y) * stretch, (columns - centre_x) / stretch) / reach
    ground = away - 0.16 * terrain(height, width, rng)
    return main_component(ground <= np.quantile(ground, goal))


def _strokes(height: int, width: int, goal: float, rng: np.random.Generator) -> Mask:
    """One to three bent strokes; the brush is made as wide as the share `goal` needs."""
    paths = [_path(height, width, rng) for _ in range(int(rng.integers(1, 4)))]
    thin, thick = 2, max(3, int(0.4 * min(height, width)))
    for _ in range(_BISECTIONS):
        if thick - thin <= 1:
            break
        middle = (thin + thick) // 2
        if _drawn(paths, height, width, middle).mean() <= goal:
            thin = middle
        else:
            thick = middle
    return _drawn(paths, height, width, thin)


def _drawn(paths: list[npt.NDArray[np.int32]], height: int, width: int, thickness: int) -> Mask:
    canvas = np.zeros((height, width), np.uint8)
    cv2.polylines(canvas, paths, isClosed=False, color=1, thickness=thickness)
    return canvas.astype(np.bool_)


def _path(height: int, width: int, rng: np.random.Generator) -> npt.NDArray[np.int32]:
    """A smooth curve that bends at random and turns back from the frame; points (n, 1, 2)."""
    middle = np.array([width, height]) / 2.0
    point = middle + rng.uniform(-0.35, 0.35, 2) * (width, height)
    heading = float(rng.uniform(0.0, 2.0 * np.pi))
    step = min(height, width) * rng.uniform(0.008, 0.02)
    points = []
    for _ in range(_FLEXES):
        bend = float(rng.normal(0.0, 0.12))
        for _ in range(8):
            heading += bend
            ahead = point + 4 * step * np.array([np.cos(heading), np.sin(heading)])
            if np.any(ahead < 0.08 * middle * 2) or np.any(ahead > 0.92 * middle * 2):
                home = middle - point
                turn = np.arctan2(home[1], home[0]) - heading
                heading += 0.5 * float(np.arctan2(np.sin(turn), np.cos(turn)))
            point = point + step * np.array([np.cos(heading), np.sin(heading)])
            points.append(point.copy())
    return np.rint(np.array(points)).astype(np.int32)[:, None]
