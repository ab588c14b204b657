"""Arrays of a batch before they are one: written once, where the batch is to lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch


@dataclass(frozen=True, slots=True)
class Joined:
    """Arrays of one dtype that stand one behind another along their first axis.

    `stacked`: along a new axis before that; they are of one shape then. A collation that gives
    these in place of tensors saves a copy of every picture: a loader writes them straight into the
    memory in which the batch travels.
    """

    parts: Sequence[npt.NDArray[Any]]
    stacked: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the whole."""
        shape = self.parts[0].shape
        if self.stacked:
            return (len(self.parts), *shape)
        return (sum(len(part) for part in self.parts), *shape[1:])

    @property
    def dtype(self) -> torch.dtype:
        """Of the whole, as a tensor."""
        return torch.from_numpy(np.empty(0, self.parts[0].dtype)).dtype

    def write(self, into: torch.Tensor) -> None:
        """Put the parts into a tensor of this shape and dtype."""
        (np.stack if self.stacked else np.concatenate)(self.parts, out=into.numpy())

    def tensor(self) -> torch.Tensor:
        """The whole in memory of its own."""
        whole = torch.empty(self.shape, dtype=self.dtype)
        self.write(whole)
        return whole


def assembled(batch: Any) -> Any:
    """A batch whose joined arrays are tensors."""
    if not isinstance(batch, dict):
        return batch
    return {
        name: value.tensor() if isinstance(value, Joined) else value
        for name, value in batch.items()
    }
