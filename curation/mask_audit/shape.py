"""Measures one mask: its size, its place, its pieces, its holes and how compact it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from curation.mask_audit.saliency import GRID
from schemas.picture import Mask


@dataclass(frozen=True, slots=True)
class Shape:
    """One mask. `area`: share of the picture. `border`: whether it touches the picture's border.

    `components`: connected pieces (8 neighbours) that lie in no hole of another. `holes`: unchanged
    pixels that it encloses, as a share of them and it together. `compactness`: the isoperimetric
    quotient 4πA/P² of the largest piece with its holes filled (Cox, "A method of assigning
    numerical and percentage values to the degree of roundness of sand grains", 1927); at most 1,
    about 0.9 for a disc, as outlines run along pixels. `grid`: the share of each cell of a 64 by
    64 grid that it covers, float32 (64, 64).
    """

    area: float
    border: bool
    components: int
    holes: float
    compactness: float
    grid: npt.NDArray[np.float32]


def shape(mask: Mask) -> Shape:
    """Measure a mask (height, width) that covers at least one pixel."""
    plain = np.ascontiguousarray(mask).view(np.uint8)
    outlines, _ = cv2.findContours(plain, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros_like(plain), outlines, -1, 1, cv2.FILLED)
    size, whole = int(plain.sum()), int(filled.sum())
    edges = (mask[0], mask[-1], mask[:, 0], mask[:, -1])
    return Shape(
        area=size / mask.size,
        border=any(bool(edge.any()) for edge in edges),
        components=len(outlines),
        holes=1 - size / whole,
        compactness=_compactness(np.asarray(max(outlines, key=cv2.contourArea), np.int32)),
        grid=cv2.resize(
            plain.astype(np.float32), (GRID, GRID), interpolation=cv2.INTER_AREA
        ).astype(np.float32, copy=False),
    )


def _compactness(outline: npt.NDArray[np.int32]) -> float:
    # OpenCV's outlines run through the middles of pixels, half a pixel inside of the mask.
    length = cv2.arcLength(outline, closed=True)
    area = cv2.contourArea(outline) + length / 2 + 1
    return min(1.0, 4 * math.pi * area / (length + 4) ** 2)
