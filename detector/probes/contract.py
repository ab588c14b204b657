"""What a probe looks at pictures with, and how the work of looking is shared out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from schemas.picture import Pixels

Features = npt.NDArray[np.float32]
_Result = TypeVar("_Result")


class Extractor(Protocol):
    """Turns pictures into vectors, without learning anything."""

    @property
    def identity(self) -> str:
        """Its name, version and weights in one line: equal lines give equal vectors."""
        ...

    @property
    def spreads(self) -> bool:
        """Whether it works best in many processes at once; else it uses the cores by itself."""
        ...

    def extract(self, pictures: Sequence[Pixels]) -> Features:
        """Finite float32 (n, d) of RGB uint8 pictures (height, width, 3) of any sizes."""
        ...


class Spread(Protocol):
    """Does calls of a function side by side: (place of the call, its result) as they end."""

    def __call__(
        self, work: Callable[..., _Result], calls: Sequence[tuple[Any, ...]]
    ) -> Iterator[tuple[int, _Result]]:
        """The function and what it is called with can be pickled."""
        ...


def one_by_one(
    work: Callable[..., _Result], calls: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[int, _Result]]:
    """The `Spread` of a single process."""
    for place, arguments in enumerate(calls):
        yield place, work(*arguments)
