"""How a batch in shared memory reaches training, which keeps that memory open for the next."""

from __future__ import annotations

import os
import weakref
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy.typing as npt
import torch

IN_USE = 0
"""The byte of a slab that is 1 from when a batch is sent until training has let go of it."""
OPENED = 1
"""The byte of a slab that is 1 when training has opened it."""


class Part(NamedTuple):
    """Where a tensor of a batch lies in its slab."""

    begin: int
    size: int
    shape: tuple[int, ...]
    dtype: torch.dtype

    def tensor(self, memory: npt.NDArray[Any]) -> torch.Tensor:
        """A view of the slab's memory (uint8)."""
        whole = torch.from_numpy(memory[self.begin : self.begin + self.size])
        return whole.view(self.dtype).view(self.shape)


class Address(NamedTuple):
    """Which slab of which worker of which loader."""

    loader: str
    process: int
    slab: int


_opened: dict[Address, torch.Tensor] = {}
"""The slabs of other processes that this one has opened."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A batch in its slab; where it is unpickled, the batch comes out.

    `slab`: None where it has been opened before. `kept`: the slabs that the worker still has.
    """

    address: Address
    slab: torch.Tensor | None
    kept: frozenset[int]
    layout: dict[str, Any]

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpacked, (self.address, self.slab, self.kept, self.layout)


def close(loader: str) -> None:
    """In training's process: let go of what a loader's workers sent, where no batch is left."""
    for address in list(_opened):
        if address.loader == loader:
            _opened.pop(address, None)


def _unpacked(
    address: Address, slab: torch.Tensor | None, kept: frozenset[int], layout: dict[str, Any]
) -> dict[str, Any]:
    """The batch; its tensors are views of one array, which frees the slab when the last is gone."""
    for other in list(_opened):
        if other[:2] == address[:2] and other.slab not in kept:
            _opened.pop(other, None)
    if slab is None:
        slab = _opened[address]
    else:
        _opened[address] = slab
        slab[OPENED] = 1
    memory = slab.numpy()
    weakref.finalize(memory, _release, slab, os.getpid()).atexit = False
    return {
        name: part.tensor(memory) if isinstance(part, Part) else part
        for name, part in layout.items()
    }


def _release(slab: torch.Tensor, process: int) -> None:
    # A forked child that drops its copy of a batch must not free what its parent still reads.
    if os.getpid() == process:
        slab[IN_USE] = 0
