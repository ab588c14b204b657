"""Which parts of a picture stand out from its background, and how masks go between two sizes."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import shortest_path
from skimage.segmentation import slic

from schemas.picture import Mask, Pixels

Plane = npt.NDArray[np.float32]

WORK_SIDE = 160
"""Regions are sought on a picture whose longer side has at most this many pixels."""
_SEGMENTS = 160
_COLOUR = 10.0
_SPACE = 0.25


def reduce(pixels: Pixels) -> Pixels:
    """The picture with its longer side at `WORK_SIDE` pixels at most, by area averaging."""
    height, width = pixels.shape[:2]
    scale = min(1.0, WORK_SIDE / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def to_lab(pixels: Pixels, blur: float = 0.0) -> Plane:
    """CIELAB (height, width, 3), float32, lightness 0..100, blurred by `blur` px (deviation)."""
    lab = cv2.cvtColor(pixels.astype(np.float32) / np.float32(255.0), cv2.COLOR_RGB2LAB)
    return np.asarray(cv2.GaussianBlur(lab, (0, 0), blur) if blur else lab, np.float32)


def salience(small: Pixels) -> Plane:
    """How much each pixel of a reduced picture stands out, 0..1, constant over superpixels.

    Background is what is widely connected to the frame; what differs in colour from the
    background nearby stands out. (Zhu, Liang, Wei and Sun, "Saliency Optimization from Robust
    Background Detection", CVPR 2014, without its final optimisation; superpixels by Achanta et
    al., SLIC, TPAMI 2012.)
    """
    segments = slic(small, n_segments=_SEGMENTS, compactness=15.0, start_label=0, channel_axis=2)
    count = int(segments.max()) + 1
    colour, place = _features(small, segments, count)
    frame = np.zeros(count, np.bool_)
    frame[np.concatenate([segments[0], segments[-1], segments[:, 0], segments[:, -1]])] = True
    apart = np.linalg.norm(colour[:, None] - colour[None], axis=2)
    like = np.exp(-np.square(_geodesic(segments, frame, apart) / _COLOUR) / 2)
    connectivity = like[:, frame].sum(axis=1) / np.sqrt(like.sum(axis=1))
    background = 1.0 - np.exp(-np.square(connectivity) / 2)
    distance = np.square(place[:, None] - place[None]).sum(axis=2)
    contrast = (apart * np.exp(-distance / (2 * _SPACE**2)) * background).sum(axis=1)
    score = contrast * (1.0 - background)
    score = score / max(float(score.max()), 1e-6)
    return np.asarray(score[segments], np.float32)


def _features(
    small: Pixels, segments: npt.NDArray[np.intp], count: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean colour (count, 3) and centre (count, 2; in shares of height and width)."""
    flat, (height, width) = segments.ravel(), segments.shape
    size = np.maximum(np.bincount(flat, minlength=count), 1)
    lab = to_lab(small).reshape(-1, 3)
    rows, columns = np.divmod(np.arange(flat.size), width)
    planes = [*lab.T, rows / height, columns / width]
    means = np.stack([np.bincount(flat, plane, count) / size for plane in planes], axis=1)
    return means[:, :3], means[:, 3:]


def _geodesic(
    segments: npt.NDArray[np.intp], frame: npt.NDArray[np.bool_], apart: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Least sum of colour steps between superpixels; those at the frame all touch each other."""
    touching = np.outer(frame, frame)
    touching[segments[:, 1:].ravel(), segments[:, :-1].ravel()] = True
    touching[segments[1:].ravel(), segments[:-1].ravel()] = True
    touching |= touching.T
    # A step of zero would mean "no edge" to the sparse graph.
    steps = np.where(touching, np.maximum(apart - 3.0, 1e-3), 0.0)
    return np.asarray(shortest_path(csr_matrix(steps), directed=False))


def enlarge(mask: Mask, pixels: Pixels) -> Mask:
    """The mask at the size of `pixels`, its outline drawn to the edges there.

    A guided filter (He, Sun and Tang, "Guided Image Filtering", 2010) with the picture's
    lightness as guide, cut at one half.
    """
    height, width = pixels.shape[:2]
    soft = np.asarray(cv2.resize(mask.astype(np.float32), (width, height)), np.float32)
    radius = max(1, round(1.5 * max(height, width) / max(mask.shape)))
    side = 2 * radius + 1
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    guide = grey.astype(np.float32) / np.float32(255.0)
    mean_guide, mean_soft = _mean(guide, side), _mean(soft, side)
    covariance = _mean(guide * soft, side) - mean_guide * mean_soft
    slope = covariance / (_mean(guide * guide, side) - mean_guide**2 + 1e-3)
    offset = mean_soft - slope * mean_guide
    refined = _mean(slope, side) * guide + _mean(offset, side)
    large: Mask = cv2.medianBlur((refined > 0.5).astype(np.uint8), 5) > 0
    return main_component(large)


def _mean(plane: Plane, side: int) -> Plane:
    return np.asarray(cv2.blur(np.asarray(plane, np.float32), (side, side)), np.float32)


def main_component(mask: Mask, holes: float = 0.15) -> Mask:
    """The largest component, holes smaller than the share `holes` of it filled."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count <= 1:
        return mask
    main: Mask = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (~main).astype(np.uint8), connectivity=4
    )
    x, y = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    inside = (
        (x > 0)
        & (y > 0)
        & (x + stats[:, cv2.CC_STAT_WIDTH] < mask.shape[1])
        & (y + stats[:, cv2.CC_STAT_HEIGHT] < mask.shape[0])
        & (stats[:, cv2.CC_STAT_AREA] < holes * main.sum())
    )
    inside[0] = False
    filled: Mask = main | inside[labels]
    return filled
