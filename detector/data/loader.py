"""Feeds training from worker processes, and says in a few numbers where it stopped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import cv2
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from detector.data.batches import Batches
from detector.data.freed_memory import keep_freed_memory
from detector.data.order import Lanes
from detector.data.shared_drafts import SharedDrafts
from detector.data.slabs import Slabs
from schemas.errors import DatasetError

_END = object()


@dataclass(frozen=True, slots=True)
class Place:
    """Where training stands: `position` of the epoch's places have been taken by all ranks."""

    epoch: int = 0
    position: int = 0


class BatchStream(IterableDataset[Any]):
    """The batches of one rank from a place to the end of its epoch, shared out among workers.

    A worker takes every `workers`-th batch; as a DataLoader (with `batch_size=None`) asks its
    workers in turn, the batches come in one order whatever the number of workers. The place is
    looked up in shared memory when an iteration begins, so that workers stay over epochs.
    """

    def __init__(self, batches: Batches, rank: int = 0) -> None:
        super().__init__()
        self._batches, self._rank = batches, rank
        # Torch has left this method untyped.
        self._place = torch.zeros(2, dtype=torch.int64).share_memory_()  # type: ignore[no-untyped-call]
        self._slabs = Slabs()

    def begin_at(self, place: Place) -> None:
        """Where the next iteration begins, in all processes."""
        self._place[0], self._place[1] = place.epoch, place.position

    def close(self) -> None:
        """Let go of the memory in which workers that have ended handed over their batches."""
        self._slabs.close()

    def __iter__(self) -> Iterator[Any]:
        epoch, position = self._place.tolist()
        about = get_worker_info()
        if about is None:
            return self._batches.read(epoch, position, self._rank)
        return self._batches.read(
            epoch, position, self._rank, about.id, about.num_workers, SharedDrafts(self._slabs)
        )


class TrainingLoader:
    """Iterates over one epoch of a rank's batches from where it stands, then stands at the next.

    `workers` processes read, decode and collate, `prefetch` batches each ahead; 0 reads in this
    process. They stay until the loader is closed, dropped or has raised. `start`: how they start
    ("fork", "spawn", "forkserver"; None: Python's way); all but fork want a transform and collation
    that can be pickled. What a worker raises is raised here, and so is its being killed.
    `state_dict` counts the batches that were handed out: loaded elsewhere, exactly the others
    follow, also with other numbers of workers and ranks and another batch size, as long as the
    order is the same. Torch's global random numbers are left alone.

    `waited`: the seconds, since the iteration began, for which its batches were waited for.
    """

    def __init__(
        self,
        batches: Batches,
        *,
        rank: int = 0,
        workers: int = 2,
        prefetch: int = 4,
        pin_memory: bool = False,
        start: str | None = None,
    ) -> None:
        if not 0 <= rank < batches.lanes.ranks:
            raise ValueError(f"rank {rank} of {batches.lanes.ranks}")
        self._rank = rank
        self._options: dict[str, Any] = {
            "num_workers": workers,
            "pin_memory": pin_memory,
            # A DataLoader draws a seed when it begins: not from the numbers that training draws on.
            "generator": torch.Generator(),
        }
        if workers:
            self._options |= {
                "prefetch_factor": prefetch,
                "multiprocessing_context": start,
                "worker_init_fn": _settle,
                "persistent_workers": True,
            }
        self._place = Place()
        self._open(batches)
        self.waited = 0.0

    def _open(self, batches: Batches) -> None:
        self._batches = batches
        self._stream = BatchStream(batches, self._rank)
        self._reading: DataLoader[Any] = DataLoader(self._stream, batch_size=None, **self._options)

    def __len__(self) -> int:
        """How many batches of this epoch are left."""
        return len(self._batches.steps(self._rank, self._place.position))

    @property
    def epoch(self) -> int:
        """The epoch that the next batch belongs to."""
        return self._place.epoch

    def __iter__(self) -> Iterator[Any]:
        epoch, position = self._place.epoch, self._place.position
        self.waited = 0.0
        try:
            self._stream.begin_at(self._place)
            batches = iter(self._reading)
            while True:
                asked = time.perf_counter()
                batch = next(batches, _END)
                self.waited += time.perf_counter() - asked
                if batch is _END:
                    break
                position = min(position + self._batches.lanes.step, self._batches.places)
                self._place = Place(epoch, position)
                yield batch
        except GeneratorExit:  # no more of this epoch is wanted, the workers are for the next
            raise
        except BaseException as error:
            self.close()
            if self._reading.num_workers and _is_end_of_worker(error):
                raise DatasetError(
                    f"a process that reads pictures was ended from outside ({error}), as happens "
                    "when memory runs out: use fewer workers or a smaller prefetch"
                ) from error
            raise
        self._place = Place(epoch + 1, 0)

    def close(self) -> None:
        """End the worker processes; another iteration starts new ones."""
        # Dropping the iterator would do, but an exception's traceback may keep it alive.
        running: Any = self._reading._iterator
        if running is not None and self._reading.num_workers:
            running._shutdown_workers()
        self._reading._iterator = None
        self._stream.close()

    def state_dict(self) -> dict[str, Any]:
        """Where this stands, JSON-able; equal on all ranks that took equally many steps."""
        locality = self._batches.order.locality
        return {
            "epoch": self._place.epoch,
            "position": self._place.position,
            "rows": self._batches.rows.digest,
            "order": self._batches.order.digest,
            "lanes": None if locality is None else asdict(locality.lanes),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Stand where `state` says. Raises DatasetError where it is of other rows or order."""
        here = self.state_dict()
        for name, what in (("rows", "other rows"), ("order", "another seed or balance")):
            if state[name] != here[name]:
                raise DatasetError(
                    f"the state was saved with {what}: resume with the set and the recipe of the "
                    "checkpoint, or begin anew without its state"
                )
        order = self._batches.order
        if order.locality is not None and state["lanes"] is not None:
            locality = replace(order.locality, lanes=Lanes(**state["lanes"]))
            self.close()
            self._open(replace(self._batches, order=replace(order, locality=locality)))
        self._place = Place(int(state["epoch"]), int(state["position"]))


def _is_end_of_worker(error: BaseException) -> bool:
    """Whether a process was ended from outside: torch saw it, or it was handing over a batch."""
    if isinstance(error, RuntimeError):
        return str(error).startswith("DataLoader worker (pid")
    # What is raised by the work itself arrives as "Caught …".
    broken = isinstance(error, ConnectionError | EOFError)
    return broken and not str(error).startswith("Caught ")


def _settle(worker: int) -> None:
    """Workers share the cores among them: OpenCV's own threads would only contend."""
    cv2.setNumThreads(0)
    keep_freed_memory()
