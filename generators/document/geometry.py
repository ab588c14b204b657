"""Relates a word's upright frame to the page it was photographed on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from generators.contract import CannotForge
from schemas.picture import Mask, Word

Array = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]

# Beyond any picture; below it, drawing with sub-pixel corners cannot overflow.
_FARTHEST = 1e6


@dataclass(frozen=True, slots=True)
class Window:
    """A box of whole pixels: left and top are inside, right and bottom are not."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """In pixels."""
        return self.bottom - self.top

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to index an image with."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True, slots=True)
class Frame:
    """The upright rectangle (0, 0)–(width, height) that a word's quad is the picture of.

    `to_page` maps frame coordinates to pixel coordinates (homogeneous, 3 by 3), `to_frame` back.
    `angle` is that of the baseline in radians, positive when it falls to the right.
    """

    width: float
    height: float
    to_page: Matrix
    to_frame: Matrix
    angle: float

    def page_points(self, points: npt.ArrayLike) -> Array:
        """Frame points, shape (n, 2), in pixels of the page."""
        return _project(self.to_page, points)

    def frame_points(self, points: npt.ArrayLike) -> Array:
        """Pixels of the page, shape (n, 2), as frame points."""
        return _project(self.to_frame, points)

    def corners(
        self, left: float = 0.0, top: float = 0.0, right: float = 0.0, bottom: float = 0.0
    ) -> Array:
        """The quad, shape (4, 2), in pixels, each side moved outwards by so many frame units."""
        x0, y0, x1, y1 = -left, -top, self.width + right, self.height + bottom
        return self.page_points([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])

    def coordinates(self, window: Window) -> tuple[Array, Array]:
        """The frame's x and y of every pixel of `window`, float32, each of the window's shape."""
        x, y = np.meshgrid(
            np.arange(window.left, window.right, dtype=np.float64),
            np.arange(window.top, window.bottom, dtype=np.float64),
        )
        m = self.to_frame
        scale = m[2, 0] * x + m[2, 1] * y + m[2, 2]
        u = (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / scale
        v = (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / scale
        return u.astype(np.float32), v.astype(np.float32)


def frame_of(word: Word) -> Frame:
    """The frame of a word. Raises `CannotForge` where its quad is no convex quadrilateral."""
    quad = np.asarray(word.quad, dtype=np.float32)
    if quad.shape != (4, 2) or not (np.abs(quad) < _FARTHEST).all():
        raise CannotForge("degenerate_quad", "a word has no four finite corners")
    sides = np.roll(quad, -1, axis=0) - quad
    following = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
    if not (turns > 0.5).all():
        raise CannotForge("degenerate_quad", "a word's corners do not run clockwise around an area")
    lengths = np.linalg.norm(sides, axis=1)
    width = float(lengths[0] + lengths[2]) / 2
    height = float(lengths[1] + lengths[3]) / 2
    upright = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    to_page = cv2.getPerspectiveTransform(upright, quad).astype(np.float64)
    along = sides[0] - sides[2]
    angle = float(np.arctan2(along[1], along[0]))
    return Frame(width, height, to_page, _inverse(to_page), angle)


def straightened(frame: Frame) -> Frame:
    """The frame without its perspective, which a small quad does not tell well enough to go far."""
    corners = frame.corners().astype(np.float64)
    along = (corners[1] - corners[0] + corners[2] - corners[3]) / (2 * frame.width)
    down = (corners[3] - corners[0] + corners[2] - corners[1]) / (2 * frame.height)
    origin = corners.mean(axis=0) - (along * frame.width + down * frame.height) / 2
    to_page = np.eye(3)
    to_page[:2] = np.stack([along, down, origin], axis=1)
    return Frame(frame.width, frame.height, to_page, _inverse(to_page), frame.angle)


def window_around(points: Array, margin: float, shape: tuple[int, ...]) -> Window:
    """The window of an image of `shape` that holds `points` and `margin` pixels around them.

    Raises `CannotForge` where nothing of it lies in the image.
    """
    low = np.floor(points.min(axis=0) - margin)
    high = np.ceil(points.max(axis=0) + margin) + 1
    window = Window(
        int(max(low[0], 0)),
        int(max(low[1], 0)),
        int(min(high[0], shape[1])),
        int(min(high[1], shape[0])),
    )
    if window.width < 3 or window.height < 3:
        raise CannotForge("outside_picture", "a word lies outside the picture")
    return window


def polygon_mask(points: Array, window: Window) -> Mask:
    """Which pixels of `window` lie in the polygon `points`, shape (n, 2), in page pixels."""
    canvas = np.zeros((window.height, window.width), dtype=np.uint8)
    moved = np.round((points - (window.left, window.top)) * 16).astype(np.int32)
    cv2.fillPoly(canvas, [moved], 1, shift=4)
    return canvas.astype(np.bool_)


def _inverse(matrix: Matrix) -> Matrix:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _project(matrix: Matrix, points: npt.ArrayLike) -> Array:
    array = np.asarray(points, dtype=np.float64).reshape(-1, 1, 2)
    return cv2.perspectiveTransform(array, matrix).reshape(-1, 2).astype(np.float32)
