"""Intervals by drawing pictures again (B. Efron, "Bootstrap Methods", 1979).

Pictures are drawn and not single answers, because the answers about one picture hang together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from annotation.agreement.coefficients import Floats
from schemas.agreement import Estimate

LEVEL = 0.95
_CHUNK = 64
_FEW = 8


def resample(columns: Floats, resamples: int, seed: int) -> Floats:
    """Sums of the columns over the pictures, and over each of `resamples` draws of as many.

    `columns`: what each picture adds to each sum, (pictures, sums). Returns (1 + resamples, sums),
    the pictures themselves first. Pictures that add nothing are not drawn.
    """
    columns = columns[columns.any(axis=1)]
    sums = np.empty((1 + resamples, columns.shape[1]), dtype=np.float64)
    sums[0] = columns.sum(axis=0)
    if not len(columns):
        sums[1:] = 0
        return sums
    rng = np.random.default_rng(seed)
    # Few raters give few kinds of pictures: how often each kind is drawn is one multinomial draw.
    kinds, counts = np.unique(columns, axis=0, return_counts=True)
    if len(kinds) * _FEW <= len(columns):
        drawn = rng.multinomial(len(columns), counts / len(columns), size=resamples)
        sums[1:] = drawn @ kinds
        return sums
    for start in range(0, resamples, _CHUNK):
        rows = min(_CHUNK, resamples - start)
        sums[1 + start : 1 + start + rows] = _weights(rng, rows, len(columns)) @ columns
    return sums


def estimate(values: Floats) -> Estimate | None:
    """The first of these values with the interval of the others; None where it is undefined."""
    if np.isnan(values[0]):
        return None
    others = values[~np.isnan(values)][1:]
    low, high = values[0], values[0]
    if len(others):
        low, high = np.quantile(others, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(_rounded(values[0]), _rounded(low), _rounded(high))


def _rounded(value: np.floating) -> float:
    # The last bits of a sum depend on the machine's linear algebra; nobody reads them.
    return round(float(value), 6) + 0.0


def _weights(rng: np.random.Generator, rows: int, pictures: int) -> npt.NDArray[np.float64]:
    drawn = rng.integers(pictures, size=(rows, pictures), dtype=np.int64)
    drawn += np.arange(rows, dtype=np.int64)[:, None] * pictures
    counts = np.bincount(drawn.ravel(), minlength=rows * pictures)
    return counts.reshape(rows, pictures).astype(np.float64)
