"""Finds the transform from a source to its edit: a start from the sizes, then robust refinement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from curation.masks.registration.motion import Model, refine, structure
from curation.masks.registration.transform import (
    Floats,
    Matrix,
    Registration,
    carry,
    inside,
    resize_matrix,
)
from schemas.picture import Mask, Pixels

FINEST, COARSEST = 512, 48
SEARCHED = 0.15
AGREEMENT, ERROR, AMBIGUITY = 0.3, 1.0, 0.9
STILL = 0.2
_BLOCK = 12
_ALIKE = 0.6
_ZOOMS = (0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.18, 1.25, 1.35)
_SURE = 0.5


@dataclass(frozen=True, slots=True)
class _View:
    """Image and source in the image's frame at one scale, as structure."""

    fixed: Floats
    moving: Floats
    shown: Mask
    scale: Matrix


def register(source: Pixels, image: Pixels) -> Registration:
    """Where the source lies in the image; both (height, width, 3) uint8, of any two sizes.

    The starts are what editors do to a picture of another shape: resize it, crop it around the
    centre, pad it, or keep its scale. The start that correlates best, shifted by up to `SEARCHED`
    of the picture, is refined from coarse to fine: translation, similarity, affine. Where much of
    the texture disagrees, other zooms are tried as well. A transform within `STILL` px of the plain
    resize is that resize, so that nothing is interpolated where nothing moved.
    """
    greys = (_grey(source), _grey(image))
    plain = _layouts(source.shape, image.shape)
    found = _follow(*greys, _best_start(*greys, plain))
    if not found.confident or found.agreement < _SURE:
        zoomed = [_zoomed(start, zoom, image.shape) for start in plain for zoom in _ZOOMS]
        other = _follow(*greys, _best_start(*greys, zoomed))
        found = max(found, other, key=lambda one: (one.confident, one.agreement))
    return found


def _follow(source: Floats, image: Floats, start: Matrix) -> Registration:
    matrix, error = start, np.inf
    sizes = list(_levels(image.shape))
    models = (Model.TRANSLATION, Model.SIMILARITY, Model.SIMILARITY, Model.AFFINE)
    for level, size in enumerate(sizes):
        view = _view(source, image, matrix, size)
        model = models[max(level + len(models) - len(sizes), 0)]
        motion = refine(view.moving, view.fixed, view.shown, model, 6)
        matrix = _full_size(motion.matrix, view.scale) @ matrix
        error = motion.error / view.scale[0, 0]
    plain = resize_matrix(_size(source), _size(image))
    moved = _farthest(plain, matrix, _size(source)) > STILL
    if not moved:
        matrix = plain
    view = _view(source, image, matrix, sizes[-1])
    agreement, ambiguity = _agreement(view), _ambiguity(view)
    return Registration(
        matrix=matrix[:2].copy(),
        source_size=_size(source),
        size=_size(image),
        moved=moved,
        agreement=agreement,
        error=float(error),
        ambiguity=ambiguity,
        confident=agreement >= AGREEMENT and error <= ERROR and ambiguity <= AMBIGUITY,
    )


def _layouts(source: tuple[int, ...], image: tuple[int, ...]) -> list[Matrix]:
    """Resized; scaled to cover, and cropped; scaled to fit, and padded; kept at its scale."""
    ratios = image[0] / source[0], image[1] / source[1]
    scales = [(ratios[1], ratios[0]), (max(ratios),) * 2, (min(ratios),) * 2, (1.0, 1.0)]
    return [_centred(source, image, scale) for scale in dict.fromkeys(scales)]


def _centred(source: tuple[int, ...], image: tuple[int, ...], scale: tuple[float, float]) -> Matrix:
    matrix = np.diag([*scale, 1.0])
    for axis in (0, 1):
        middles = (source[1 - axis] - 1) / 2, (image[1 - axis] - 1) / 2
        matrix[axis, 2] = middles[1] - scale[axis] * middles[0]
    return matrix


def _zoomed(start: Matrix, zoom: float, image: tuple[int, ...]) -> Matrix:
    matrix = np.diag([zoom, zoom, 1.0])
    matrix[:2, 2] = (1 - zoom) * (np.array([image[1], image[0]]) - 1) / 2
    return np.asarray(matrix @ start)


def _best_start(source: Floats, image: Floats, starts: list[Matrix]) -> Matrix:
    """The start, with the shift that makes it correlate best."""
    best, highest = starts[0], -np.inf
    size = next(_levels(image.shape))
    for start in starts:
        view = _view(source, image, start, size)
        surface = _correlation(view)
        reach = [max(2, round(SEARCHED * side)) for side in size]
        centre = [side // 2 for side in surface.shape]
        window = surface[
            centre[0] - reach[0] : centre[0] + reach[0] + 1,
            centre[1] - reach[1] : centre[1] + reach[1] + 1,
        ]
        row, column = np.unravel_index(int(window.argmax()), window.shape)
        if window[row, column] > highest:
            highest = float(window[row, column])
            shift = np.eye(3)
            shift[:2, 2] = column - reach[1], row - reach[0]
            best = _full_size(shift, view.scale) @ start
    return best


def _correlation(view: _View) -> Floats:
    """Normalised correlation of image and source for each shift, no shift in the middle."""
    shape = [cv2.getOptimalDFTSize(2 * side) for side in view.fixed.shape]
    spectrum = np.fft.rfft2(view.fixed, shape) * np.conj(np.fft.rfft2(view.moving, shape))
    energy = float(np.sqrt((view.fixed**2).sum() * (view.moving**2).sum()))
    return np.asarray(np.fft.fftshift(np.fft.irfft2(spectrum, shape)) / max(energy, 1e-6))


def _agreement(view: _View) -> float:
    """Share of the textured blocks in which both pictures have the same structure."""
    kernel = (_BLOCK, _BLOCK)
    products = (view.fixed * view.moving, view.fixed**2, view.moving**2)
    both, fixed, moving = (cv2.blur(product, kernel)[::4, ::4] for product in products)
    shown = cv2.erode(view.shown.astype(np.uint8), np.ones(kernel, np.uint8))[::4, ::4] > 0
    textured = shown & (np.maximum(fixed, moving) > 0.1)
    if int(textured.sum()) < 64:
        return 0.0
    alike = both[textured] / np.sqrt(fixed[textured] * moving[textured] + 1e-6)
    return float((alike > _ALIKE).mean())


def _ambiguity(view: _View) -> float:
    """Correlation at the best other shift nearby, as a share of that at no shift."""
    surface = _correlation(view)
    row, column = (side // 2 for side in surface.shape)
    reach = max(6, round(0.08 * max(view.fixed.shape)))
    window = surface[row - reach : row + reach + 1, column - reach : column + reach + 1]
    peak = float(window[reach, reach])
    if peak <= 0:
        return 1.0
    highest = cv2.dilate(window.astype(np.float32), np.ones((3, 3), np.uint8))
    summit = (window >= highest) & (window > 0)
    summit[reach - 2 : reach + 3, reach - 2 : reach + 3] = False
    return min(1.0, float(window[summit].max(initial=0.0) / peak))


def _view(source: Floats, image: Floats, matrix: Matrix, size: tuple[int, int]) -> _View:
    scale = resize_matrix(_size(image), size)
    fixed = cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA)
    total = scale @ matrix
    moving = carry(source, total, size, cv2.INTER_LINEAR).astype(np.float32)
    shown = inside(total, _size(source), size)
    everywhere = np.ones(size, np.bool_)
    return _View(
        structure(np.asarray(fixed, np.float32), everywhere),
        structure(moving, shown),
        shown,
        scale,
    )


def _levels(shape: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Sizes (height, width) from coarse to fine, each half of the next."""
    longest = max(shape[:2])
    finest = min(1.0, FINEST / longest)
    halvings = max(0, int(np.log2(longest * finest / COARSEST)))
    for halving in range(halvings, -1, -1):
        factor = finest / 2**halving
        yield max(8, round(shape[0] * factor)), max(8, round(shape[1] * factor))


def _full_size(motion: Matrix, scale: Matrix) -> Matrix:
    return np.asarray(np.linalg.inv(scale) @ motion @ scale)


def _farthest(one: Matrix, other: Matrix, size: tuple[int, int]) -> float:
    """How far apart two transforms carry a corner of a picture of (height, width) `size`, px."""
    corners = np.array(
        [[0, 0, 1], [size[1] - 1, 0, 1], [0, size[0] - 1, 1], [size[1] - 1, size[0] - 1, 1]]
    ).T
    return float(np.linalg.norm(((one - other) @ corners)[:2], axis=0).max())


def _grey(pixels: Pixels) -> Floats:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)


def _size(pixels: Floats) -> tuple[int, int]:
    return pixels.shape[0], pixels.shape[1]
