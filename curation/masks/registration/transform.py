"""The transform between a source and its edit, and pictures taken through it in both directions."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from schemas.picture import Mask, Pixels

Matrix = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

_STILL = np.eye(2, 3)
# A pixel whose centre falls this close to the frame, px, still shows the picture.
_SLACK = 0.5


@dataclass(frozen=True, slots=True)
class Registration:
    """Where a source lies in an image, and how far that can be trusted.

    `matrix`: 2 by 3, takes source coordinates (x, y) to image coordinates; the centre of the first
    pixel is (0, 0). `source_size` and `size`: (height, width) of the source and of the image.
    `moved`: the picture lies elsewhere than a plain resize to the image's size would put it.
    `agreement`: share of the textured blocks of the overlap whose structure is the same, 0..1.
    `error`: standard error of the transform at the corners, px of the image.
    `ambiguity`: correlation at the best other shift over that at this one, 0..1; near 1 in
    pictures that repeat themselves.
    `confident`: all three say that the transform can be trusted. Otherwise `matrix` is the best
    that was found.
    """

    matrix: Matrix
    source_size: tuple[int, int]
    size: tuple[int, int]
    moved: bool
    agreement: float
    error: float
    ambiguity: float
    confident: bool

    @property
    def identity(self) -> bool:
        """Whether both have one size and pixel lies on pixel, so that nothing is interpolated."""
        return self.size == self.source_size and bool(np.array_equal(self.matrix, _STILL))

    @property
    def inverse(self) -> Matrix:
        """The matrix, 2 by 3, that takes image coordinates to source coordinates."""
        return np.asarray(cv2.invertAffineTransform(self.matrix), np.float64)


def warp(source: Pixels, registration: Registration) -> tuple[Pixels, Mask]:
    """The source in the image's frame and size, and where that shows the source at all.

    Beyond the source's own frame its border is repeated and the mask is False. A source that is
    made smaller is averaged first, so that it does not alias.
    """
    return _carry(source, registration.matrix, registration.size)


def align(image: Pixels, registration: Registration) -> tuple[Pixels, Mask]:
    """The image in the source's frame and size, for compositing an edit into its source.

    The mask, of the source's size, is False where the image does not show that part.
    """
    return _carry(image, registration.inverse, registration.source_size)


def place(mask: Mask, registration: Registration) -> Mask:
    """A mask of the source's size in the image's frame and size."""
    if registration.identity:
        return mask
    whole = carry(mask.astype(np.float32), registration.matrix, registration.size, cv2.INTER_LINEAR)
    shown = inside(registration.matrix, registration.source_size, registration.size)
    placed: Mask = (np.asarray(whole, np.float32) >= 0.5) & shown
    return placed


def carry(
    pixels: npt.NDArray[np.generic], matrix: Matrix, size: tuple[int, int], flags: int
) -> npt.NDArray[np.generic]:
    """`pixels` through `matrix` into a frame of (height, width) `size`, borders repeated.

    Where the matrix shrinks, pixels are averaged before they are interpolated.
    """
    height, width = pixels.shape[:2]
    across, down = (min(1.0, float(np.hypot(*matrix[:2, axis]))) for axis in (0, 1))
    smaller = (max(1, round(height * down)), max(1, round(width * across)))
    if min(across, down) < 0.95:
        pixels = np.asarray(
            cv2.resize(np.asarray(pixels), smaller[::-1], interpolation=cv2.INTER_AREA)
        )
        matrix = matrix @ resize_matrix(smaller, (height, width))
    return np.asarray(
        cv2.warpAffine(
            np.asarray(pixels),
            matrix[:2],
            size[::-1],
            flags=flags,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


def resize_matrix(from_size: tuple[int, int], to_size: tuple[int, int]) -> Matrix:
    """The transform, 3 by 3, of a resize that keeps the corners of the corner pixels in place."""
    matrix = np.eye(3)
    for axis in (0, 1):
        ratio = to_size[1 - axis] / from_size[1 - axis]
        matrix[axis, axis], matrix[axis, 2] = ratio, (ratio - 1) / 2
    return matrix


def inside(matrix: Matrix, from_size: tuple[int, int], to_size: tuple[int, int]) -> Mask:
    """Which pixels of the frame `to_size` show a point of the frame `from_size`."""
    back = cv2.invertAffineTransform(matrix[:2])
    x, y = np.arange(to_size[1])[None, :], np.arange(to_size[0])[:, None]
    column = back[0, 0] * x + back[0, 1] * y + back[0, 2]
    row = back[1, 0] * x + back[1, 1] * y + back[1, 2]
    height, width = from_size
    return np.asarray(
        (column >= -_SLACK)
        & (column <= width - 1 + _SLACK)
        & (row >= -_SLACK)
        & (row <= height - 1 + _SLACK)
    )


def _carry(pixels: Pixels, matrix: Matrix, size: tuple[int, int]) -> tuple[Pixels, Mask]:
    if pixels.shape[:2] == size and np.array_equal(matrix, _STILL):
        return pixels.copy(), np.ones(size, np.bool_)
    carried = np.asarray(carry(pixels, matrix, size, cv2.INTER_CUBIC), np.uint8)
    return carried, inside(matrix, (pixels.shape[0], pixels.shape[1]), size)
