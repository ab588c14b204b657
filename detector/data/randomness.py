"""The random numbers of a place in an epoch, which no other place shares."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.random.bit_generator import ISeedSequence

from detector.data.order import Indices


class _Drawn(ISeedSequence):
    """A seed that is random as it stands, where numpy's own hashes one from any numbers."""

    def __init__(self, words: npt.NDArray[np.uint64]) -> None:
        self._words = words

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> npt.NDArray[Any]:
        """The words, uint64 [4], which is what a PCG64 asks for."""
        return self._words


def generators(seed: int, epoch: int, places: Indices) -> list[np.random.Generator]:
    """A generator for each of these places (ascending): a function of the three numbers alone.

    A place's seed is the block of that number which Philox makes of seed and epoch (Salmon et al.,
    "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
    """
    first = int(places[0])
    blocks = np.random.Philox(key=np.array([seed, epoch], np.uint64)).advance(first)
    words = blocks.random_raw(4 * (int(places[-1]) - first + 1)).reshape(-1, 4)
    return [np.random.Generator(_bits(words[at])) for at in places - first]


def _bits(words: npt.NDArray[np.uint64]) -> np.random.BitGenerator:
    # Numpy's types know of no other seeds than its own; its code and its documentation do.
    return np.random.PCG64(_Drawn(words))  # type: ignore[arg-type]
