"""Hands batches from worker processes to training in shared memory that is used over and over.

Fresh shared memory costs a page fault every 4 KiB, where it is written and where it is read: as
much as several decoded pictures a batch. So it is written again, and training keeps it open, which
also saves handing it over anew with every batch.
"""

from __future__ import annotations

import math
import os
import uuid
import weakref
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy.typing as npt
import torch

from detector.data.joined import Joined

_ALIGNED = 64
_IN_USE = 0
"""The byte of a slab that is 1 from the writing of a batch until training has let go of it."""
_OPENED = 1
"""The byte of a slab that is 1 when training has opened it."""


class _Part(NamedTuple):
    """Where a tensor of a batch lies in its slab."""

    begin: int
    size: int
    shape: tuple[int, ...]
    dtype: torch.dtype


class _Address(NamedTuple):
    """Which slab of which worker of which loader."""

    loader: str
    process: int
    slab: int


_opened: dict[_Address, torch.Tensor] = {}
"""The slabs of other processes that this one has opened."""


class Slabs:
    """One worker's shared memory: as many slabs as there are batches on their way and in use.

    Training owns what it is given, without limit of time: a slab is written again only when no
    tensor of its batch is left, and where none is free another one is made.
    """

    def __init__(self) -> None:
        self._loader = uuid.uuid4().hex
        self._slabs: dict[int, torch.Tensor] = {}
        self._made = 0
        weakref.finalize(self, _close, self._loader).atexit = False

    def packed(self, batch: Any) -> Any:
        """What to send in place of a batch; it arrives as an equal one.

        Tensors and joined arrays that are values of a dict (on the CPU) travel in a slab, all else
        is pickled.
        """
        if not isinstance(batch, dict):
            return batch
        parts, end = {}, _ALIGNED
        for name, value in batch.items():
            if isinstance(value, torch.Tensor | Joined):
                size = math.prod(value.shape) * value.dtype.itemsize
                parts[name] = _Part(end, size, tuple(value.shape), value.dtype)
                end += -(-size // _ALIGNED) * _ALIGNED
        if not parts:
            return batch
        number = self._free(end)
        slab = self._slabs[number]
        slab[_IN_USE] = 1
        memory = slab.numpy()
        for name, part in parts.items():
            value, place = batch[name], _tensor(memory, part)
            if isinstance(value, Joined):
                value.write(place)
            else:
                place.copy_(value)
        return _Parcel(
            _Address(self._loader, os.getpid(), number),
            None if slab[_OPENED] else slab,
            frozenset(self._slabs),
            {name: parts.get(name, value) for name, value in batch.items()},
        )

    def close(self) -> None:
        """In training's process: let go of what the workers sent, as far as no batch is left."""
        _close(self._loader)

    def _free(self, size: int) -> int:
        for number, slab in self._slabs.items():
            if not slab[_IN_USE] and len(slab) >= size:
                return number
        # What is free is too small for batches as they come now; room to grow makes this rare.
        self._slabs = {number: slab for number, slab in self._slabs.items() if slab[_IN_USE]}
        slab = torch.zeros(size + size // 4, dtype=torch.uint8)
        self._made += 1
        # Torch has left this method untyped.
        self._slabs[self._made] = slab.share_memory_()  # type: ignore[no-untyped-call]
        return self._made


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A batch in its slab; where it is unpickled, the batch comes out.

    `slab`: None where it has been opened before. `kept`: the slabs that the worker still has.
    """

    address: _Address
    slab: torch.Tensor | None
    kept: frozenset[int]
    layout: dict[str, Any]

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpacked, (self.address, self.slab, self.kept, self.layout)


def _unpacked(
    address: _Address, slab: torch.Tensor | None, kept: frozenset[int], layout: dict[str, Any]
) -> dict[str, Any]:
    """The batch; its tensors are views of one array, which frees the slab when the last is gone."""
    for other in list(_opened):
        if other[:2] == address[:2] and other.slab not in kept:
            _opened.pop(other, None)
    if slab is None:
        slab = _opened[address]
    else:
        _opened[address] = slab
        slab[_OPENED] = 1
    memory = slab.numpy()
    weakref.finalize(memory, _release, slab, os.getpid()).atexit = False
    return {
        name: _tensor(memory, part) if isinstance(part, _Part) else part
        for name, part in layout.items()
    }


def _close(loader: str) -> None:
    for address in list(_opened):
        if address.loader == loader:
            _opened.pop(address, None)


def _release(slab: torch.Tensor, process: int) -> None:
    # A forked child that drops its copy of a batch must not free what its parent still reads.
    if os.getpid() == process:
        slab[_IN_USE] = 0


def _tensor(memory: npt.NDArray[Any], part: _Part) -> torch.Tensor:
    whole = torch.from_numpy(memory[part.begin : part.begin + part.size])
    return whole.view(part.dtype).view(part.shape)
