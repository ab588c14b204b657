"""What a detector said of a set of pictures, column by column, in the form that metrics read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

FAKE, REAL, FAILED = 1, 0, -1
"""What an answer says: the picture is fake, it is real, or nothing that could be read."""

THRESHOLD = 0.5
"""A probability of at least this much says fake, in every domain alike."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """Answers about n pictures.

    `fake` (n,) bool: the truth. `answer` (n,) int8: `FAKE`, `REAL` or `FAILED`. `probability` (n,)
    float64 in 0..1, that the picture is fake; NaN where the detector gave none. `group` (n,) intp:
    pictures that are not independent (made from one source) share a number.
    """

    fake: npt.NDArray[np.bool_]
    answer: npt.NDArray[np.int8]
    probability: npt.NDArray[np.float64]
    group: npt.NDArray[np.intp]

    def __post_init__(self) -> None:
        sizes = {self.fake.shape, self.answer.shape, self.probability.shape, self.group.shape}
        if len(sizes) != 1 or self.fake.ndim != 1:
            raise ValueError(f"the columns must be one-dimensional and as long, not {sizes}")
        if not np.isin(self.answer, (FAKE, REAL, FAILED)).all():
            raise ValueError("an answer is 1 (fake), 0 (real) or -1 (failed)")
        given = self.probability[~np.isnan(self.probability)]
        if ((given < 0) | (given > 1)).any():
            raise ValueError("a probability lies between 0 and 1; pass NaN where there is none")

    @classmethod
    def collect(
        cls,
        fake: Sequence[bool],
        answers: Sequence[int] | None = None,
        probabilities: Sequence[float | None] | None = None,
        groups: Sequence[str] | None = None,
    ) -> Self:
        """Columns from plain values.

        Without `answers`, each is read off its probability at `THRESHOLD`, and is `FAILED` where
        there is none. Without `groups`, each picture is its own. Raises `ValueError` where neither
        answers nor probabilities are given, or lengths differ.
        """
        if answers is None and probabilities is None:
            raise ValueError("pass answers, probabilities, or both")
        chances = np.array(
            [np.nan if one is None else one for one in probabilities or [None] * len(fake)],
            np.float64,
        )
        if answers is None:
            said = np.where(np.isnan(chances), FAILED, chances >= THRESHOLD).astype(np.int8)
        else:
            said = np.array(answers, np.int8)
        numbers = np.arange(len(fake))
        if groups is not None:
            numbers = np.unique(np.array(groups, str), return_inverse=True)[1]
        return cls(np.array(fake, np.bool_), said, chances, numbers.astype(np.intp))

    def take(self, index: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Self:
        """The pictures at these places, or where a mask is true; a place may come repeatedly."""
        return type(self)(
            self.fake[index], self.answer[index], self.probability[index], self.group[index]
        )

    @property
    def failed(self) -> npt.NDArray[np.bool_]:
        """(n,) bool: whose answer could not be read."""
        return np.asarray(self.answer == FAILED)

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """(n,) bool: whose answer is the truth. A failure never is."""
        return np.asarray(self.answer == self.fake.astype(np.int8))
