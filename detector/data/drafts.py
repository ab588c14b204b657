"""A batch in the making: what of an example is kept, and what becomes of them all."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detector.data.joined import assembled

Array = npt.NDArray[Any]


class Draft:
    """One batch, for the process that makes it."""

    def kept(self, example: Any) -> Any:
        """The example to collate: where it is a dict, its arrays keep no larger ones alive."""
        if not isinstance(example, dict):
            return example
        return {
            name: self._kept_array(name, value) if isinstance(value, np.ndarray) else value
            for name, value in example.items()
        }

    def packed(self, batch: Any) -> Any:
        """What to hand on of the collated batch: joined arrays have become tensors."""
        return assembled(batch)

    def _kept_array(self, name: str, array: Array) -> Array:
        # A crop is a view, and would keep its whole picture until the batch is full.
        return array if array.base is None else array.copy()
