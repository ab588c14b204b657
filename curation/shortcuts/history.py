"""Traces of earlier saves in the pixels: the JPEG grid, where it lies, and a second quantisation.

Whoever keeps only a codec's header cannot see that reals were JPEG before they were stored; a
detector can. Two cheap measurements find it in most pictures:

- A picture that was a JPEG has far more vanishing high-frequency coefficients where 8 by 8 blocks
  are laid on its old grid than elsewhere (after Nikoukhah, Anger, Colom and Morel, "ZERO: a Local
  JPEG Grid Origin Detector Based on the Number of DCT Zeros and its Applications in Image
  Forensics", 2021). All 64 places of the grid are tried.
- A coefficient that was quantised twice on one grid has gaps and peaks in its histogram. What one
  save would have left is known from the same picture shifted by half a block (after Lukáš and
  Fridrich, "Estimation of Primary Quantization Matrix in Double Compressed JPEG Images", 2003);
  each quality of an earlier save is weighed against that by its likelihood.

Two saves with the same tables on the same grid leave next to nothing, and are not found.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

_SIDE = 224
_LEAST = 40
_CEILING = 2.0
_NO_GRID = 0.06
_HIGH = ((3, 3), (5, 2), (2, 5))
"""Vertical and horizontal frequency of the coefficients whose vanishing tells of a grid."""
_LOW = ((0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (1, 2), (2, 1))
_QUALITIES = np.arange(40, 100)
# Luminance steps of low frequencies: ITU-T T.81 (1992), table K.1, its upper left corner.
_EXAMPLE = np.array([[16, 11, 10], [12, 12, 14], [14, 13, 16]])
_REACH = 15
"""Quantised coefficients beyond this are counted together."""
_FINE = 256
"""Half units of an unquantised coefficient, beyond which they are counted together."""
_BLOCKS = 1024
_TRACE = 0.02

_Array = npt.NDArray[np.float64]


def grid_features(luma: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """`grid`, its place, and `second_grid` of an 8-bit luminance (height, width).

    `grid`: by how much (log) coefficients vanish more often on the grid than beside it; a picture
    that never was a JPEG stays below 0.03. `second_grid`: by how much the other places differ from
    their mirror images, which one grid alone leaves equal. A second grid that is shifted by 0 or 4
    in both directions is its own mirror image, and is not seen.
    """
    if min(luma.shape) < _LEAST:
        return {}
    energy = _energies(luma)
    around = sum(np.roll(energy, shift, axis) for axis in (0, 1) for shift in (-1, 1)) / 4
    dips = around - energy
    row, column = divmod(int(dips.argmax()), 8)
    grid = float(dips[row, column])
    centred = np.roll(energy, (-row, -column), (0, 1))
    mirror = -np.arange(8) % 8
    mirrored = (centred[mirror] + centred[:, mirror] + centred[mirror][:, mirror]) / 3
    found = {"grid": grid, "second_grid": float((mirrored - centred).max())}
    if grid < _NO_GRID:
        return found | {"grid_place": "no grid"}
    place = "at the corner" if (row, column) == (0, 0) else "shifted"
    return found | {"grid_place": place, "grid_x": float(column), "grid_y": float(row)}


def _energies(luma: npt.NDArray[np.uint8]) -> _Array:
    """Log mean of small high-frequency coefficients, for blocks that begin at (row, column)."""
    top, left = ((max(0, side - _SIDE) // 2) // 8 * 8 for side in luma.shape)
    part = luma[top : top + _SIDE + 7, left : left + _SIDE + 7].astype(np.float32)
    rows, columns = ((side - 7) // 8 * 8 for side in part.shape)
    total = np.zeros((8, 8))
    for vertical, horizontal in _HIGH:
        # The kernel's first tap lies on the pixel itself: each value is that of the block there.
        response = cv2.sepFilter2D(
            part, cv2.CV_32F, _basis()[horizontal], _basis()[vertical], anchor=(0, 0)
        )[:rows, :columns]
        small = np.minimum(np.abs(response), np.float32(_CEILING))
        folded = small.reshape(rows // 8, 8, columns).mean(axis=0)
        total += np.log(folded.reshape(8, columns // 8, 8).mean(axis=1) + 0.02)
    return total / len(_HIGH)


def resave_features(luma: npt.NDArray[np.uint8], table: npt.NDArray[np.int64]) -> dict[str, float]:
    """`resaved` and `first_quality` of a JPEG's own luminance, given its luminance table (8, 8).

    `resaved`: how much likelier an earlier save makes the coefficients, in nats a block. Both are
    absent where no earlier quality from 40 to 99 explains them better than a single save.
    """
    if min(luma.shape) < _LEAST:
        return {}
    stored, calm = _coefficients(luma, 0), _coefficients(luma, 4)
    gains = np.zeros(_QUALITIES.size)
    for number, (vertical, horizontal) in enumerate(_LOW):
        step = int(table[vertical, horizontal])
        levels = np.clip(np.rint(stored[:, number] / step), -_REACH, _REACH).astype(np.intp)
        counts = np.bincount(levels + _REACH, minlength=2 * _REACH + 1)
        fine = np.clip(np.rint(calm[:, number] * 2), -_FINE, _FINE).astype(np.intp) + _FINE
        density = np.convolve(np.bincount(fine, minlength=2 * _FINE + 1), _KERNEL, "same")
        first, which = _first_steps(vertical, horizontal)
        gains += _gains(counts, density, first, step)[which]
    best = int(gains.argmax())
    gain = float(gains[best]) / len(stored)
    if gain < _TRACE:
        return {}
    return {"resaved": gain, "first_quality": float(_QUALITIES[best])}


def _gains(
    counts: npt.NDArray[np.intp], density: _Array, first: npt.NDArray[np.int64], step: int
) -> _Array:
    """Log-likelihood of `counts` under each earlier step, less that under none."""
    bins = 2 * _REACH + 1
    places = _places(tuple(first.tolist()), step)
    weights = np.broadcast_to(density / density.sum(), places.shape).ravel()
    expected = np.bincount(places.ravel(), weights, places.shape[0] * bins).reshape(-1, bins)
    single = expected[0]
    floor = 0.03 / bins
    base = counts @ np.log(0.97 * single + floor)
    gains: _Array = np.log(0.9 * expected[1:] + 0.07 * single + floor) @ counts - base
    gains[(first == step) | (first == 1)] = 0.0  # Nothing is left to see of these.
    return gains


def _coefficients(luma: npt.NDArray[np.uint8], offset: int) -> npt.NDArray[np.float32]:
    """Low-frequency DCT coefficients (blocks, modes) of blocks spread evenly over the picture."""
    part = luma[offset:, offset:]
    rows, columns = part.shape[0] // 8, part.shape[1] // 8
    blocks = part[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8).swapaxes(1, 2)
    chosen = np.linspace(0, rows * columns - 1, min(_BLOCKS, rows * columns)).astype(np.intp)
    picked = blocks[chosen // columns, chosen % columns].reshape(-1, 64).astype(np.float32)
    # Means play no part in these modes, so the usual shift by 128 is left out.
    return np.asarray(picked @ _low_basis())


@cache
def _basis() -> npt.NDArray[np.float32]:
    """The orthonormal DCT-II of length 8: row k is the k-th frequency."""
    k, x = np.mgrid[0:8, 0:8]
    scale = np.where(k == 0, np.sqrt(1 / 8), 1 / 2)
    return np.asarray(scale * np.cos((2 * x + 1) * k * np.pi / 16), np.float32)


@cache
def _low_basis() -> npt.NDArray[np.float32]:
    basis = _basis()
    return np.stack([np.outer(basis[v], basis[h]).ravel() for v, h in _LOW], axis=1)


@cache
def _first_steps(
    vertical: int, horizontal: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.intp]]:
    """The different steps that earlier qualities give a mode, and which of them each gives."""
    # As libjpeg scales the example table; 8 bits hold a step of 1 to 255.
    scale = np.where(_QUALITIES < 50, 5000 // _QUALITIES, 200 - 2 * _QUALITIES)
    steps = np.clip((_EXAMPLE[vertical, horizontal] * scale + 50) // 100, 1, 255)
    first, which = np.unique(steps, return_inverse=True)
    return first, which


@cache
def _places(first: tuple[int, ...], step: int) -> npt.NDArray[np.intp]:
    """Where each half unit ends up after an earlier step and `step`: (1 + steps, half units).

    Row 0 is a single save. The bins of row r are those from r times the number of bins.
    """
    units = np.arange(-_FINE, _FINE + 1) / 2
    rows = [units, *(np.rint(units / one) * one for one in first)]
    levels = np.clip(np.rint(np.stack(rows) / step), -_REACH, _REACH).astype(np.intp) + _REACH
    bins = 2 * _REACH + 1
    return np.asarray(levels + bins * np.arange(len(rows))[:, None])


_KERNEL = np.exp(-((np.arange(-6, 7) / 2.0) ** 2) / 2)
_KERNEL /= _KERNEL.sum()
