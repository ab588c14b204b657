"""The batches of an epoch from any place in it: the same samples however many processes read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detector.data.drafts import Draft
from detector.data.offsets import UNKNOWN
from detector.data.order import Indices, Lanes, Locality, Order
from detector.data.randomness import generators
from detector.data.rows import Rows
from detector.data.sample import Transform
from detector.data.sample_reader import SampleReader

Collate = Callable[[Sequence[Any]], Any]


@dataclass(frozen=True, slots=True)
class Batches:
    """How `rows` become batches: taken in `order`, transformed one by one, collated.

    `columns`: the light columns that a sample carries (None: all that were read). A sample's
    randomness is a function of seed, epoch and its place in the epoch alone. With `drop_last` the
    places that fill no whole step of all ranks are left out of the epoch; without it the last
    batches are smaller, and a rank may have one fewer.
    """

    rows: Rows
    order: Order
    lanes: Lanes
    transform: Transform
    collate: Collate
    columns: tuple[str, ...] | None = None
    drop_last: bool = False

    def __post_init__(self) -> None:
        if len(self.rows) != self.order.rows:
            raise ValueError(f"an order of {self.order.rows} rows for {len(self.rows)} rows")

    @property
    def places(self) -> int:
        """How many places of an epoch are taken."""
        left_out = self.order.rows % self.lanes.step if self.drop_last else 0
        return self.order.rows - left_out

    def steps(self, rank: int, position: int = 0) -> list[Indices]:
        """The places of each batch of a rank from `position` on (int64 arrays, none empty)."""
        every = np.arange(position, self.places)
        size, ranks = self.lanes.step, self.lanes.ranks
        found = (every[at : at + size][rank::ranks] for at in range(0, len(every), size))
        return [places for places in found if len(places)]

    def read(
        self,
        epoch: int,
        position: int,
        rank: int = 0,
        worker: int = 0,
        workers: int = 1,
        draft: Callable[[], Draft] = Draft,
    ) -> Iterator[Any]:
        """The collated batches number worker, worker + workers, … of a rank, from `position` on.

        `draft` begins each of them.
        """
        drawn = self.order.epoch(epoch)
        reader = SampleReader(self.rows, self.columns, self._groups_at_once())
        try:
            for places in self.steps(rank, position)[worker::workers]:
                randomness = generators(self.order.seed, epoch, places)
                examples = map(self.transform, reader.read(drawn[places]), randomness)
                yield self._batch(draft(), examples)
        finally:
            reader.close()

    def _batch(self, draft: Draft, examples: Iterable[Any]) -> Any:
        # What a batch is made of goes when this returns: whoever asked for it may take its time.
        return draft.packed(self.collate([draft.kept(example) for example in examples]))

    def _groups_at_once(self) -> int:
        return self.order.locality.groups if self.order.locality else 1


def plan(
    rows: Rows,
    transform: Transform,
    collate: Collate,
    *,
    seed: int,
    lanes: Lanes,
    balance: str | None = None,
    weights: Mapping[str, float] | None = None,
    columns: tuple[str, ...] | None = None,
    drop_last: bool = False,
    groups: int = 4,
) -> Batches:
    """Batches of `rows` in the order that suits how their pictures are read.

    `balance`: the light column whose values are drawn equally often, or by `weights` (null counts
    as "real"). Where pictures come by the row group, `groups` of these are mixed at a time.
    """
    by_group = any((spans.offset == UNKNOWN).any() for spans in rows.pictures.values())
    order = Order(
        rows=len(rows),
        seed=seed,
        classes=None if balance is None else rows.classes(balance),
        weights=weights,
        locality=Locality(rows.places(), lanes, groups) if by_group else None,
    )
    return Batches(rows, order, lanes, transform, collate, columns, drop_last)
