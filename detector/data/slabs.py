"""The shared memory in which a worker's batches travel to training, used over and over.

Fresh shared memory costs a page fault every 4 KiB, where it is written and where it is read: as
much as several decoded pictures a batch. So it is written again, and training keeps it open, which
also saves handing it over anew with every batch.
"""

from __future__ import annotations

import os
import uuid
import weakref
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import torch

from detector.data.parcels import IN_USE, OPENED, Address, Parcel, close


@dataclass(frozen=True, slots=True)
class Slab:
    """Shared memory (uint8) to write one batch into; held as long as a view of `memory` is left."""

    number: int
    memory: npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class _Shared:
    """A slab as it is handed over, and its bytes IN_USE and OPENED, which are quick to ask."""

    tensor: torch.Tensor
    flags: npt.NDArray[Any]


class Slabs:
    """One worker's shared memory: as many slabs as there are batches in the making and in use.

    Training owns what it is given, without limit of time: a slab is written again only when no
    view of its batch is left, here or there, and where none is free another one is made.
    """

    def __init__(self) -> None:
        self._loader = uuid.uuid4().hex
        self._slabs: dict[int, _Shared] = {}
        self._held: set[int] = set()
        self._made = 0
        weakref.finalize(self, close, self._loader).atexit = False

    def take(self, size: int) -> Slab:
        """One of at least `size` bytes that nothing is left of."""
        number = self._free(size)
        memory = self._slabs[number].tensor.numpy()
        self._held.add(number)
        weakref.finalize(memory, self._held.discard, number).atexit = False
        return Slab(number, memory)

    def parcel(self, slab: Slab, layout: dict[str, Any]) -> Parcel:
        """What to send of a batch written into `slab`: where its parts lie, and all else."""
        shared = self._slabs[slab.number]
        shared.flags[IN_USE] = 1
        return Parcel(
            Address(self._loader, os.getpid(), slab.number),
            None if shared.flags[OPENED] else shared.tensor,
            frozenset(self._slabs),
            layout,
        )

    def close(self) -> None:
        """In training's process: let go of what the workers sent, as far as no batch is left."""
        close(self._loader)

    def _free(self, size: int) -> int:
        free = [
            number
            for number, shared in self._slabs.items()
            if number not in self._held and not shared.flags[IN_USE]
        ]
        for number in free:
            if len(self._slabs[number].tensor) >= size:
                return number
        # What is free is too small for batches as they come now; room to grow makes this rare.
        for number in free:
            del self._slabs[number]
        # Torch has left the method that shares a tensor untyped.
        zeros: Any = torch.zeros(size + size // 4, dtype=torch.uint8)
        shared: torch.Tensor = zeros.share_memory_()
        self._made += 1
        self._slabs[self._made] = _Shared(shared, shared.numpy()[: OPENED + 1])
        return self._made
