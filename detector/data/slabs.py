"""Hands batches from worker processes to training in shared memory that is used over and over.

A tensor of fresh shared memory costs its worker a page fault every 4 KiB, as much as several
decoded pictures a batch; memory that was written before costs a plain copy.
"""

from __future__ import annotations

import math
import os
import weakref
from typing import Any, NamedTuple

import numpy.typing as npt
import torch

from detector.data.joined import Joined

_ALIGNED = 64
_IN_USE = 0
"""The byte of a slab that is 1 from the writing of a batch until training has let go of it."""


class _Part(NamedTuple):
    """Where a tensor of a batch lies in its slab."""

    begin: int
    size: int
    shape: tuple[int, ...]
    dtype: torch.dtype


class Slabs:
    """One worker's shared memory: as many slabs as there are batches on their way and in use.

    Training owns what it is given, without limit of time: a slab is written again only when no
    tensor of its batch is left, and where none is free another one is made.
    """

    def __init__(self) -> None:
        self._slabs: list[torch.Tensor] = []

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
        slab = self._free(end)
        slab[_IN_USE] = 1
        memory = slab.numpy()
        for name, part in parts.items():
            value, place = batch[name], _tensor(memory, part)
            if isinstance(value, Joined):
                value.write(place)
            else:
                place.copy_(value)
        return _Parcel(slab, {name: parts.get(name, value) for name, value in batch.items()})

    def _free(self, size: int) -> torch.Tensor:
        for slab in self._slabs:
            if not slab[_IN_USE] and len(slab) >= size:
                return slab
        # What is free is too small for batches as they come now; room to grow makes this rare.
        self._slabs = [slab for slab in self._slabs if slab[_IN_USE]]
        slab = torch.zeros(size + size // 4, dtype=torch.uint8)
        # Torch has left this method untyped.
        self._slabs.append(slab.share_memory_())  # type: ignore[no-untyped-call]
        return slab


class _Parcel:
    """A batch in its slab; where it is unpickled, the batch comes out."""

    def __init__(self, slab: torch.Tensor, layout: dict[str, Any]) -> None:
        self._slab, self._layout = slab, layout

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpacked, (self._slab, self._layout)


def _unpacked(slab: torch.Tensor, layout: dict[str, Any]) -> dict[str, Any]:
    """The batch; its tensors are views of one array, which frees the slab when the last is gone."""
    memory = slab.numpy()
    weakref.finalize(memory, _release, slab, os.getpid()).atexit = False
    return {
        name: _tensor(memory, part) if isinstance(part, _Part) else part
        for name, part in layout.items()
    }


def _release(slab: torch.Tensor, process: int) -> None:
    # A forked child that drops its copy of a batch must not free what its parent still reads.
    if os.getpid() == process:
        slab[_IN_USE] = 0


def _tensor(memory: npt.NDArray[Any], part: _Part) -> torch.Tensor:
    whole = torch.from_numpy(memory[part.begin : part.begin + part.size])
    return whole.view(part.dtype).view(part.shape)
