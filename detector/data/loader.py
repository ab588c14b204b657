"""Feeds training from worker processes, and says in a few numbers where it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import cv2
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from detector.data.batches import Batches
from detector.data.order import Lanes
from schemas.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Place:
    """Where training stands: `position` of the epoch's places have been taken by all ranks."""

    epoch: int = 0
    position: int = 0


class BatchStream(IterableDataset[Any]):
    """The batches of one rank from a place to the end of its epoch, shared out among workers.

    A worker takes every `workers`-th batch; as a DataLoader (with `batch_size=None`) asks its
    workers in turn, the batches come in one order whatever the number of workers.
    """

    def __init__(self, batches: Batches, place: Place, rank: int = 0) -> None:
        super().__init__()
        self._batches, self._place, self._rank = batches, place, rank

    def __len__(self) -> int:
        return len(self._batches.steps(self._rank, self._place.position))

    def __iter__(self) -> Iterator[Any]:
        about = get_worker_info()
        worker, workers = (0, 1) if about is None else (about.id, about.num_workers)
        return self._batches.read(
            self._place.epoch, self._place.position, self._rank, worker, workers
        )


class TrainingLoader:
    """Iterates over one epoch of a rank's batches from where it stands, then stands at the next.

    `workers` processes read, decode and collate, `prefetch` batches each ahead; 0 reads in this
    process. `start`: how processes start ("fork", "spawn", "forkserver"; None: Python's way); all
    but fork want a transform and collation that can be pickled. `state_dict` counts the batches
    that were handed out: loaded elsewhere, exactly the others follow, also with other numbers of
    workers and ranks and another batch size, as long as the order is the same.
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
        self._batches = batches
        self._rank = rank
        self._workers = workers
        self._options: dict[str, Any] = {"pin_memory": pin_memory}
        if workers:
            self._options |= {
                "prefetch_factor": prefetch,
                "multiprocessing_context": start,
                "worker_init_fn": _one_thread,
            }
        self._place = Place()

    def __len__(self) -> int:
        """How many batches of this epoch are left."""
        return len(self._batches.steps(self._rank, self._place.position))

    @property
    def epoch(self) -> int:
        """The epoch that the next batch belongs to."""
        return self._place.epoch

    def __iter__(self) -> Iterator[Any]:
        epoch, step = self._place.epoch, self._batches.lanes.step
        stream = BatchStream(self._batches, self._place, self._rank)
        left = self._batches.places
        for batch in DataLoader(
            stream, batch_size=None, num_workers=self._workers, **self._options
        ):
            self._place = Place(epoch, min(self._place.position + step, left))
            yield batch
        self._place = Place(epoch + 1, 0)

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
            self._batches = replace(self._batches, order=replace(order, locality=locality))
        self._place = Place(int(state["epoch"]), int(state["position"]))


def _one_thread(worker: int) -> None:
    """Workers share the cores among them: OpenCV's own threads would only contend."""
    cv2.setNumThreads(0)
