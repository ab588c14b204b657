"""What stands out in a picture, without any learning: three predictions of where eyes would go."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from curation.masks.colour_difference import lab
from schemas.picture import Pixels

Plane = npt.NDArray[np.float32]

GRID = 64
"""Cells on each side of the grid on which pictures and masks are compared."""
_PATCHES = 32
_ALIKE = 4.0
_EVEN = 0.15


def reduced(pixels: Pixels) -> Pixels:
    """The picture on the grid: (GRID, GRID, 3) uint8, by area averaging."""
    return np.asarray(cv2.resize(pixels, (GRID, GRID), interpolation=cv2.INTER_AREA), np.uint8)


def spectral_residual(small: Pixels) -> Plane:
    """What the picture's spectrum has beyond its own smooth trend, (GRID, GRID), from 0 upwards.

    Hou and Zhang, "Saliency Detection: A Spectral Residual Approach", CVPR 2007, whose pictures
    are 64 pixels wide too.
    """
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    spectrum = np.fft.fft2(grey)
    amplitude = np.log(np.abs(spectrum) + 1e-3).astype(np.float32)
    residual = amplitude - cv2.blur(amplitude, (3, 3), borderType=cv2.BORDER_REFLECT)
    back = np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))
    power = np.square(np.abs(back)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(power, (0, 0), 2.5), np.float32)


def geodesic(small: Pixels) -> Plane:
    """How far, in colour, each place lies from the frame of the picture, (GRID, GRID).

    What is cut off from the frame by edges on every way stands out. Wei, Wen, Zhu and Sun,
    "Geodesic Saliency Using Background Priors", ECCV 2012, on a regular grid of patches; a patch
    of the frame that differs from the rest of the frame costs to enter, so that an object which
    touches it still stands out.
    """
    colour = cv2.resize(lab(small), (_PATCHES, _PATCHES), interpolation=cv2.INTER_AREA)
    numbers = np.arange(_PATCHES * _PATCHES).reshape(_PATCHES, _PATCHES)
    flat = colour.reshape(-1, 3)
    pairs = np.concatenate(
        [
            np.stack([numbers[:, :-1].ravel(), numbers[:, 1:].ravel()]),
            np.stack([numbers[:-1].ravel(), numbers[1:].ravel()]),
        ],
        axis=1,
    )
    steps = np.linalg.norm(flat[pairs[0]] - flat[pairs[1]], axis=1)
    frame = np.unique(np.concatenate([numbers[[0, -1]].ravel(), numbers[:, [0, -1]].ravel()]))
    entering = _frame_cost(flat[frame])
    outside = numbers.size
    rows = np.concatenate([pairs[0], np.full(frame.size, outside)])
    columns = np.concatenate([pairs[1], frame])
    # Small steps add up over smooth slopes (the paper clips them); zero would be no edge at all.
    costs = np.concatenate([np.maximum(steps - _ALIKE, 0), entering]) + 1e-3
    graph = csr_matrix((costs, (rows, columns)), shape=(outside + 1, outside + 1))
    far = dijkstra(graph, directed=False, indices=outside)[:outside]
    plane = far.reshape(_PATCHES, _PATCHES).astype(np.float32)
    large = cv2.resize(plane, (GRID, GRID), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32)


def _frame_cost(frame: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """How unlike the rest of the frame each of its patches is: the mean of the nearest third."""
    apart = np.linalg.norm(frame[:, None] - frame[None], axis=2)
    nearest = np.partition(apart, len(frame) // 3, axis=1)[:, : len(frame) // 3]
    return np.asarray(np.maximum(nearest.mean(axis=1) - _ALIKE, 0), np.float32)


def centre_prior() -> Plane:
    """How near each cell lies to the middle, (GRID, GRID): what a blind guess would say."""
    along = (np.arange(GRID, dtype=np.float32) + 0.5) / GRID - 0.5
    return np.asarray(-np.square(along)[:, None] - np.square(along)[None], np.float32)
