"""The batches of an epoch from any place in it: the same samples however many processes read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detector.data.joined import assembled
from detector.data.offsets import UNKNOWN
from detector.data.order import Indices, Lanes, Locality, Order
from detector.data.pictures import PictureReader
from detector.data.rows import Rows
from detector.data.sample import Sample, Transform

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
        pack: Callable[[Any], Any] = assembled,
    ) -> Iterator[Any]:
        """The collated batches number worker, worker + workers, … of a rank, from `position` on.

        `pack`: what becomes of each, arrays that are joined into tensors if nothing else.
        """
        drawn = self.order.epoch(epoch)
        columns = {
            name: self.rows.table[name].combine_chunks()
            for name in self.columns or self.rows.table.column_names
        }
        pictures = tuple(self.rows.pictures)
        reader = PictureReader(self.rows, self._kept_groups())
        try:
            for places in self.steps(rank, position)[worker::workers]:
                examples = [
                    _compact(
                        self.transform(
                            _sample(reader, columns, pictures, int(drawn[place])),
                            np.random.default_rng([self.order.seed, epoch, int(place)]),
                        )
                    )
                    for place in places
                ]
                yield pack(self.collate(examples))
        finally:
            reader.close()

    def _kept_groups(self) -> int:
        """Room for the row groups whose rows are mixed, of every picture column, and one more."""
        at_once = self.order.locality.groups if self.order.locality else 1
        return (at_once + 1) * len(self.rows.pictures)


def _compact(example: Any) -> Any:
    """The same with crops copied: a view would keep its whole picture until the batch is full."""
    if not isinstance(example, dict):
        return example
    return {
        name: value.copy() if isinstance(value, np.ndarray) and value.base is not None else value
        for name, value in example.items()
    }


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


def _sample(
    reader: PictureReader, columns: dict[str, Any], pictures: tuple[str, ...], row: int
) -> Sample:
    values = {name: column[row].as_py() for name, column in columns.items()}
    return Sample(row, values, {name: reader.read(row, name) for name in pictures})
