"""Places in a picture that its own content marks, and that a crop of it therefore marks as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

OCTAVES = 4
LEVELS = 3
"""Levels an octave: each is blurred by 2**(1/3) more than the one before."""
BLUR = 1.6
"""Of the finest level, in pixels."""
_NOISE = 0.2  # grey levels: what is weaker is JPEG's doing or the sensor's
_EDGE = 10.0  # Lowe's limit on the ratio of the principal curvatures
_SMALLEST = 16  # pixels: an octave with a shorter side has no room for a window


@dataclass(frozen=True, slots=True)
class ScaleSpace:
    """Octaves, finest first, each a stack of blurred pictures float32 (LEVELS + 3, height, width).

    An octave has half the height and width of the one before. Between two neighbouring levels the
    blur grows by 2**(1 / LEVELS).
    """

    octaves: tuple[Floats, ...]


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Extrema, float32 (count,) each: centre and sigma in pixels of the finest octave.

    `contrast` is the size of the difference of Gaussians in grey levels.
    """

    x: Floats
    y: Floats
    sigma: Floats
    contrast: Floats


def scale_space(grey: Floats) -> ScaleSpace:
    """The scale space of a grey picture, float32 (height, width), 0..255."""
    octaves: list[Floats] = []
    # The picture as it comes counts as blurred by half a pixel.
    first = _blurred(grey, float(np.sqrt(BLUR**2 - 0.25)))
    growth = 2 ** (1 / LEVELS)
    for _ in range(OCTAVES):
        if min(first.shape) < _SMALLEST:
            break
        stack = [first]
        for level in range(LEVELS + 2):
            stack.append(_blurred(stack[-1], BLUR * growth**level * float(np.sqrt(growth**2 - 1))))
        octaves.append(np.stack(stack))
        height, width = first.shape
        size = (width + 1) // 2, (height + 1) // 2
        # Exactly every second pixel would lie off centre by half a one; the mean of two does not.
        even = cv2.copyMakeBorder(stack[LEVELS], 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        first = np.asarray(cv2.resize(even, size, interpolation=cv2.INTER_AREA), np.float32)
    return ScaleSpace(tuple(octaves))


def keypoints(space: ScaleSpace) -> Keypoints:
    """Extrema of the difference of Gaussians over place and scale, those most surely seen first.

    That is by contrast times the root of sigma: of two points as strong, the coarser one outlives
    compression and resizing. Ties are broken by row, then column, then sigma. Lowe, "Distinctive
    Image Features from Scale-Invariant Keypoints", 2004: sections 3 and 4, with one parabola an
    axis for the position between pixels and levels.
    """
    found = [_extrema(octave, number) for number, octave in enumerate(space.octaves)]
    x, y, sigma, contrast = np.concatenate([np.zeros((4, 0), np.float32), *found], axis=1)
    order = np.lexsort((sigma, x, y, -contrast * np.sqrt(sigma)))
    return Keypoints(x[order], y[order], sigma[order], contrast[order])


def _extrema(stack: Floats, octave: int) -> Floats:
    """x, y, sigma, contrast of the extrema of one octave, float32 (4, count)."""
    difference = np.diff(stack, axis=0)
    inner = difference[1:-1]
    peak = (inner > _NOISE) & (inner == _around(difference, cv2.dilate, np.maximum))
    peak |= (inner < -_NOISE) & (inner == _around(difference, cv2.erode, np.minimum))
    peak[:, [0, -1]] = False
    peak[:, :, [0, -1]] = False
    level, row, column = np.nonzero(peak)
    level += 1

    def at(up: int, down: int, right: int) -> Floats:
        return difference[level + up, row + down, column + right]

    here = at(0, 0, 0)
    curved_x = at(0, 0, 1) + at(0, 0, -1) - 2 * here
    curved_y = at(0, 1, 0) + at(0, -1, 0) - 2 * here
    twisted = (at(0, 1, 1) + at(0, -1, -1) - at(0, 1, -1) - at(0, -1, 1)) / 4
    determinant = curved_x * curved_y - twisted**2
    cornered = (curved_x + curved_y) ** 2 * _EDGE < determinant * (_EDGE + 1) ** 2
    step = 2.0**octave
    x = (column + _vertex(at(0, 0, -1), here, at(0, 0, 1)) + 0.5) * step - 0.5
    y = (row + _vertex(at(0, -1, 0), here, at(0, 1, 0)) + 0.5) * step - 0.5
    between = level + _vertex(at(-1, 0, 0), here, at(1, 0, 0))
    sigma = BLUR * step * 2 ** (between / LEVELS)
    return np.stack([x, y, sigma, np.abs(here)]).astype(np.float32)[:, cornered]


def _around(stack: Floats, spread: Callable[..., Any], pick: np.ufunc) -> Floats:
    """`pick` of each pixel's 27 neighbours in place and scale, for all levels but the outer two."""
    kernel = np.ones((3, 3), np.uint8)
    flat = np.stack([spread(level, kernel) for level in stack])
    return np.asarray(pick(pick(flat[:-2], flat[1:-1]), flat[2:]))


def _vertex(before: Floats, here: Floats, after: Floats) -> Floats:
    """Where the parabola through three equidistant values has its extremum, -0.5..0.5."""
    bend = before - 2 * here + after
    safe = np.where(np.abs(bend) < 1e-6, np.inf, bend)
    return np.asarray(np.clip((before - after) / (2 * safe), -0.5, 0.5), np.float32)


def _blurred(grey: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), np.float32)


def windows(
    space: ScaleSpace, points: Keypoints, half: float, side: int
) -> Iterator[tuple[npt.NDArray[np.int64], Floats]]:
    """The windows around `points`, `half` sigmas to each side, sampled side by side times.

    Yields (which points, float32 (count, side, side) grey levels), one block a level of the scale
    space: the one whose blur is about half the distance between samples. Beyond the border the
    picture is mirrored.
    """
    offsets = ((np.arange(side) + 0.5) / side * 2 - 1).astype(np.float32) * half
    wanted = np.log2(np.maximum(points.sigma * (half / side / BLUR), 1))
    octave = np.minimum(wanted.astype(np.int64), len(space.octaves) - 1)
    level = np.minimum(np.rint((wanted - octave) * LEVELS).astype(np.int64), LEVELS)
    for number in np.unique(octave * (LEVELS + 1) + level).tolist():
        which = np.flatnonzero(octave * (LEVELS + 1) + level == number)
        scale = np.float32(2.0 ** (number // (LEVELS + 1)))
        reach = offsets[None] * points.sigma[which, None]
        x = (points.x[which, None] + reach + 0.5) / scale - 0.5
        y = (points.y[which, None] + reach + 0.5) / scale - 0.5
        shape = (len(which), side, side)
        sampled = cv2.remap(
            space.octaves[number // (LEVELS + 1)][number % (LEVELS + 1)],
            np.broadcast_to(x[:, None, :], shape).reshape(-1, side),
            np.broadcast_to(y[:, :, None], shape).reshape(-1, side),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
        yield which, np.asarray(sampled, np.float32).reshape(shape)
