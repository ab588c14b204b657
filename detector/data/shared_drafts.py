"""A batch that is written where it travels while its examples come, in a worker process.

A crop that waits for its batch to be full has left the processor's caches by then, and copying it
costs several times as much. So it is written at once to where it will lie in the batch. Only the
collation knows where that is: what it joined in one batch, just as it came, is taken to be joined
so in the next. Where it turns out otherwise, the batch is the same and has cost another copy.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from detector.data.drafts import Array, Draft
from detector.data.joined import Joined
from detector.data.parcels import Part
from detector.data.slabs import Slab, Slabs

_ALIGNED = 64
"""Where the parts of a batch begin, in bytes; the first bytes are the slab's own."""


class _Room:
    """Where in a slab the arrays of one name are written, one behind another, all of one dtype."""

    def __init__(self, begin: int, size: int) -> None:
        self.begin = begin
        self._at, self._end = begin, begin + size
        self._dtype: np.dtype[Any] | None = None
        self._arrays = 0

    def written(self, array: Array, memory: Array) -> Array | None:
        """A copy of the array in the slab; None where it does not fit."""
        plain = type(array) is np.ndarray and not array.dtype.hasobject
        if not plain or array.dtype != (self._dtype or array.dtype):
            return None
        if self._at + array.nbytes > self._end:
            return None
        copy: Array = np.ndarray(array.shape, array.dtype, memory, self._at)
        copy[...] = array
        self._dtype = array.dtype
        self._at += array.nbytes
        self._arrays += 1
        return copy

    def holds(self, arrays: int) -> bool:
        """Whether so many were written, and so all of them."""
        return self._arrays == arrays


class SharedDraft(Draft):
    """One batch; `rooms`: the room in `slab` for the arrays of each name, `end`: where they end."""

    def __init__(
        self, drafts: SharedDrafts, slab: Slab | None, rooms: dict[str, _Room], end: int
    ) -> None:
        self._drafts, self._slab, self._rooms, self._end = drafts, slab, rooms, end
        self._arrays: dict[str, list[Array]] = {}

    def packed(self, batch: Any) -> Any:
        """What to send in place of the collated batch; it arrives as an equal one.

        Tensors and joined arrays that are values of a dict (on the CPU) travel in a slab, all else
        is pickled.
        """
        values = _tensors(batch)
        sources = self._sources(values)
        self._drafts.learn(values, sources)
        if not values:
            return batch
        slab, slabs = self._slab, self._drafts.slabs
        lie = {
            name: self._rooms[source].begin
            for name, source in sources.items()
            if source in self._rooms and self._rooms[source].holds(len(values[name].parts))
        }
        parts, end = _laid_out(values, lie, self._end)
        if slab is None or end > len(slab.memory):
            lie = {}
            parts, end = _laid_out(values, lie, _ALIGNED)
            slab = slabs.take(end)
        for name in values.keys() - lie.keys():
            value, place = values[name], parts[name].tensor(slab.memory)
            if isinstance(value, Joined):
                value.write(place)
            else:
                place.copy_(value)
        return slabs.parcel(slab, batch | parts)

    def _kept_array(self, name: str, array: Array) -> Array:
        copy = None
        if self._slab is not None and name in self._rooms:
            copy = self._rooms[name].written(array, self._slab.memory)
        if copy is None:
            copy = super()._kept_array(name, array)
        self._arrays.setdefault(name, []).append(copy)
        return copy

    def _sources(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Which joined arrays are those of one name, all as they are and in order; each once."""
        arrays, found = dict(self._arrays), {}
        for name, value in values.items():
            for source in list(arrays) if isinstance(value, Joined) else ():
                if _same(arrays[source], value.parts):
                    del arrays[source]
                    found[name] = source
                    break
        return found


class SharedDrafts:
    """Begins the batches of a worker, each with room for what the last one joined as it came."""

    def __init__(self, slabs: Slabs) -> None:
        self.slabs = slabs
        self._rooms: dict[str, int] = {}
        self._rest = 0

    def __call__(self) -> SharedDraft:
        """The next batch."""
        rooms, end = {}, _ALIGNED
        for name, size in self._rooms.items():
            rooms[name] = _Room(end, size)
            end += _aligned(size)
        slab = self.slabs.take(end + self._rest) if rooms else None
        return SharedDraft(self, slab, rooms, end)

    def learn(self, values: Mapping[str, Any], sources: Mapping[str, str]) -> None:
        """Make room for the sources of these values, as much as any batch has wanted."""
        wanted = {source: _size(values[name]) for name, source in sources.items()}
        self._rooms = {name: max(size, self._rooms.get(name, 0)) for name, size in wanted.items()}
        self._rest = sum(_aligned(_size(values[name])) for name in values.keys() - sources.keys())


def _tensors(batch: Any) -> dict[str, Any]:
    if not isinstance(batch, dict):
        return {}
    return {
        name: value for name, value in batch.items() if isinstance(value, torch.Tensor | Joined)
    }


def _laid_out(
    values: Mapping[str, Any], lie: Mapping[str, int], end: int
) -> tuple[dict[str, Part], int]:
    """Where all values are to lie, from `end` on what does not `lie` yet, and where they end."""
    parts = {}
    for name, value in values.items():
        begin, size = lie.get(name, end), _size(value)
        if name not in lie:
            end += _aligned(size)
        parts[name] = Part(begin, size, tuple(value.shape), value.dtype)
    return parts, end


def _size(value: torch.Tensor | Joined) -> int:
    return math.prod(value.shape) * value.dtype.itemsize


def _aligned(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


def _same(arrays: Sequence[Array], parts: Sequence[Array]) -> bool:
    return len(arrays) == len(parts) and all(map(operator.is_, arrays, parts))
