"""The loader's processes: they stay over epochs, hand over tensors unharmed, and end when asked."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector.data import parcels
from detector.data.batches import Batches, plan
from detector.data.collate import pad
from detector.data.loader import TrainingLoader
from detector.data.order import Lanes
from detector.data.rows import open_rows
from detector.data.sample import Sample
from schemas.errors import DatasetError, StorageError
from storage.published import PublishedSet

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning")


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No process and no shared memory of a test outlives it."""
    shared = Path("/dev/shm")
    before = set(shared.iterdir()) if shared.is_dir() else set()
    yield
    gc.collect()
    assert multiprocessing.active_children() == []
    assert parcels._opened == {}
    assert (
        not shared.is_dir()
        or {path for path in set(shared.iterdir()) - before if path.name.startswith("torch_")}
        == set()
    )


def pictured(sample: Sample, rng: np.random.Generator, fails: str = "", by: str = "") -> Any:
    """The pixels, the id and who read it; of the sample called `fails` an error or a sudden end."""
    if sample.values["sample_id"] == fails and by == "error":
        raise StorageError(f"{fails} is broken")
    if sample.values["sample_id"] == fails and by == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    return {
        "pixels": sample.image(),
        "noise": rng.random(3),
        "name": sample.values["sample_id"],
        "process": os.getpid(),
    }


def planned(published: PublishedSet, fails: str = "", by: str = "") -> Batches:
    rows = open_rows(published, "train")
    return plan(rows, partial(pictured, fails=fails, by=by), pad, seed=5, lanes=Lanes(4, workers=2))


def same(batch: dict[str, Any], other: dict[str, Any]) -> bool:
    tensors = ("pixels", "pixels_valid", "noise")
    return batch["name"] == other["name"] and all(
        torch.equal(batch[name], other[name]) for name in tensors
    )


def test_batches_that_are_kept_stay_what_they_are(published: PublishedSet) -> None:
    batches = planned(published)
    alone, loader = TrainingLoader(batches, workers=0), TrainingLoader(batches, prefetch=1)
    for _ in range(2):
        expected, kept = list(alone), list(loader)
        assert len(expected) == len(kept) == 11
        assert all(map(same, expected, kept))


def test_the_same_processes_read_every_epoch(published: PublishedSet) -> None:
    loader = TrainingLoader(planned(published))
    readers = [{int(process) for batch in loader for process in batch["process"]} for _ in range(3)]
    assert readers[0] == readers[1] == readers[2]
    assert len(readers[0]) == 2
    assert os.getpid() not in readers[0]
    assert loader.epoch == 3


@pytest.mark.parametrize("workers", [0, 2])
def test_training_draws_the_same_random_numbers_beside_it(
    published: PublishedSet, workers: int
) -> None:
    before = torch.random.get_rng_state()
    next(iter(TrainingLoader(planned(published), workers=workers)))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_what_was_left_of_an_iteration_does_not_come_in_the_next(published: PublishedSet) -> None:
    batches = planned(published)
    expected = list(TrainingLoader(batches, workers=0))
    loader = TrainingLoader(batches)
    state = loader.state_dict()
    held = []
    for position in (0, 3, 4):  # 3 batches are taken, then 1, then the rest
        for number, batch in enumerate(loader, start=position):
            assert same(batch, expected[number])
            held.append(batch)
            if number in (2, 3):
                break
    assert all(map(same, held, expected))
    assert len(held) == len(expected)
    loader.load_state_dict(state)
    assert all(map(same, loader, expected))


# Torch tells of a killed process from a signal's handler, which may cut in where a socket has just
# been opened, before the statement that would close it: Python closes it then, and warns.
@pytest.mark.filterwarnings("ignore:unclosed <socket.socket:ResourceWarning")
@pytest.mark.parametrize("by", ["error", "kill"])
def test_what_goes_wrong_in_a_process_is_raised_here(published: PublishedSet, by: str) -> None:
    expected = list(TrainingLoader(planned(published), workers=0))
    loader = TrainingLoader(planned(published, fails=expected[5]["name"][1], by=by))
    error = {"error": StorageError, "kill": DatasetError}[by]
    message = {"error": "is broken", "kill": "ended from outside"}[by]
    came: list[Any] = []
    with pytest.raises(error, match=message):
        came.extend(loader)
    assert multiprocessing.active_children() == []
    assert all(map(same, came, expected))
    assert len(came) <= 5
    resumed = TrainingLoader(planned(published))
    resumed.load_state_dict(loader.state_dict())
    assert [batch["name"] for batch in resumed] == [one["name"] for one in expected[len(came) :]]


@pytest.mark.parametrize("error", [ConnectionResetError(104, "reset by peer"), EOFError()])
def test_a_process_that_is_ended_while_it_hands_over_a_batch_is_told_as_such(
    published: PublishedSet, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    class Broken:
        num_workers, _iterator = 2, None

        def __iter__(self) -> Iterator[Any]:
            raise error

    loader = TrainingLoader(planned(published))
    monkeypatch.setattr(loader, "_reading", Broken())
    with pytest.raises(DatasetError, match="ended from outside"):
        next(iter(loader))


def test_an_interrupt_ends_the_processes_and_the_rest_can_still_be_read(
    published: PublishedSet,
) -> None:
    loader = TrainingLoader(planned(published))
    batches = iter(loader)
    assert isinstance(batches, Generator)
    next(batches)
    assert len(multiprocessing.active_children()) == 2
    with pytest.raises(KeyboardInterrupt):
        batches.throw(KeyboardInterrupt())
    assert multiprocessing.active_children() == []
    assert parcels._opened == {}
    assert len(list(loader)) == 10


def test_the_time_without_a_batch_is_counted(published: PublishedSet) -> None:
    loader = TrainingLoader(planned(published), workers=0)
    waited = []
    for _ in loader:
        waited.append(loader.waited)
    assert waited == sorted(waited)
    assert waited[0] > 0
    before = loader.waited
    next(iter(loader))
    assert loader.waited < before
