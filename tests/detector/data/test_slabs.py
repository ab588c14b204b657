"""Shared memory that is used over and over: what arrives is what was sent, for as long as it is."""

from __future__ import annotations

import gc
import os
import pickle
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np
import torch

from detector.data.joined import Joined, assembled
from detector.data.parcels import _opened
from detector.data.shared_drafts import SharedDrafts
from detector.data.slabs import Slabs


def opened_of(slabs: Slabs) -> list[int]:
    return [address.slab for address in _opened if address.loader == slabs._loader]


def packed(slabs: Slabs, batch: Any) -> Any:
    return SharedDrafts(slabs)().packed(batch)


def sent(slabs: Slabs, batch: Any) -> Any:
    """The batch as it arrives in another process."""
    return pickle.loads(ForkingPickler.dumps(packed(slabs, batch)))


def test_joined_arrays_arrive_as_tensors_beside_others() -> None:
    parts = [np.arange(6, dtype=np.float32).reshape(1, 2, 3) + place for place in range(3)]
    flags = [np.array([[True, False]]), np.array([[False, False], [True, True]])]
    batch = {"parts": Joined(parts), "flags": Joined(flags), "label": torch.tensor([1, 0, 1])}
    found, expected = sent(Slabs(), batch), assembled(batch)
    assert list(found) == ["parts", "flags", "label"]
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor)
    assert found["flags"].tolist() == [[True, False], [False, False], [True, True]]


def test_every_kind_of_tensor_arrives_and_all_else_beside_it() -> None:
    batch: dict[str, Any] = {
        "pixels": torch.arange(2 * 3 * 5, dtype=torch.uint8).reshape(2, 3, 5).transpose(1, 2),
        "bfloat16": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
        "none": torch.zeros((0, 4)),
        "truth": torch.tensor(True),
        "names": ["a", None],
        "number": 3,
    }
    found = sent(Slabs(), batch)
    assert list(found) == list(batch)
    assert found["names"] == ["a", None]
    assert found["number"] == 3
    for name in ("pixels", "bfloat16", "none", "truth"):
        assert found[name].dtype == batch[name].dtype
        assert torch.equal(found[name], batch[name])
    assert sent(Slabs(), ["as", "it", "is"]) == ["as", "it", "is"]
    assert sent(Slabs(), {"no": "tensors"}) == {"no": "tensors"}


def test_memory_is_written_again_only_when_nothing_is_left_of_its_batch() -> None:
    slabs = Slabs()
    first = sent(slabs, {"a": torch.full((100,), 1), "b": torch.full((100,), 2)})
    where = first["a"].data_ptr()
    kept = first["b"][10:20]
    del first
    gc.collect()
    second = sent(slabs, {"a": torch.full((100,), 3), "b": torch.full((100,), 4)})
    assert second["a"].data_ptr() != where
    assert kept.tolist() == [2] * 10
    del kept
    gc.collect()
    third = sent(slabs, {"a": torch.full((100,), 5), "b": torch.full((100,), 6)})
    assert third["a"].data_ptr() == where
    assert second["b"].tolist() == [4] * 100


def test_memory_is_handed_over_once_and_stays_open_until_either_side_lets_go() -> None:
    slabs, other = Slabs(), Slabs()
    held = sent(other, {"a": torch.full((100,), 7)})
    message = ForkingPickler.dumps(packed(slabs, {"a": torch.full((100,), 0)}))
    assert len(opened_of(slabs)) == 0
    where = pickle.loads(message)["a"].data_ptr()
    for value in range(1, 4):
        parcel = packed(slabs, {"a": torch.full((100,), value)})
        assert parcel.slab is None
        found = pickle.loads(ForkingPickler.dumps(parcel))["a"]
        assert found.data_ptr() == where
        assert found.tolist() == [value] * 100
        del found
    assert len(opened_of(slabs)) == 1
    assert sent(slabs, {"a": torch.full((1000,), 5)})["a"].tolist() == [5] * 1000
    assert len(opened_of(slabs)) == 1  # the worker let go of the one that was too small
    last = sent(slabs, {"a": torch.full((1000,), 6)})
    slabs.close()
    assert opened_of(slabs) == []
    assert last["a"].tolist() == [6] * 1000
    assert len(opened_of(other)) == 1
    del other
    assert not [address for address in _opened if address.loader != slabs._loader]
    assert held["a"].tolist() == [7] * 100


def test_a_batch_that_never_arrived_keeps_its_memory_until_it_is_dropped() -> None:
    slabs = Slabs()
    message = ForkingPickler.dumps(packed(slabs, {"a": torch.zeros(100)}))
    assert len({sent(slabs, {"a": torch.ones(100)})["a"].data_ptr() for _ in range(5)}) == 1
    assert pickle.loads(message)["a"].sum() == 0


def test_larger_batches_get_larger_memory_and_the_small_one_goes() -> None:
    slabs = Slabs()
    for size in (10, 1000, 1100, 100_000, 5):
        assert sent(slabs, {"a": torch.full((size,), size)})["a"].tolist() == [size] * size
    assert len(slabs._slabs) == 1


def test_a_forked_child_frees_nothing_of_its_parent() -> None:
    slabs = Slabs()
    held = sent(slabs, {"a": torch.zeros(100)})
    child = os.fork()
    if not child:
        del held
        gc.collect()
        os._exit(0)
    os.waitpid(child, 0)
    assert sent(slabs, {"a": torch.ones(100)})["a"].sum() == 100
    assert held["a"].sum() == 0
