"""What joins the buckets of a band: compiled code where numba is installed, NumPy where it is not.

Both find the same; either can be asked for by name, so that tests hold one against the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from curation.duplicates.bands import Band, Costs, Words
from curation.duplicates.forest import Members
from schemas.errors import MissingExtraError

EngineName = Literal["auto", "numba", "numpy"]
# Below, loading numba takes longer than the search without it.
_WORTH_COMPILING = 20_000


@dataclass(frozen=True, slots=True)
class Pairs:
    """A block of pairs: places of two hashes, int64 (k,), and their `distance`, uint16 (k,).

    Sorted by `first`, then `second`.
    """

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    distance: npt.NDArray[np.uint16]

    def __len__(self) -> int:
        return self.first.size


def sorted_pairs(
    first: npt.NDArray[Any], second: npt.NDArray[Any], distance: npt.NDArray[Any]
) -> Pairs:
    """A block, in order, of its own memory."""
    order = np.lexsort((second, first))
    return Pairs(
        first[order].astype(np.int64, copy=False),
        second[order].astype(np.int64, copy=False),
        distance[order].astype(np.uint16, copy=False),
    )


class Index(NamedTuple):
    """Hashes sorted by their keys in one band; a tuple, because that is what numba takes.

    `hashes`, uint64 (n, words), as they came. `keys`, uint32 (n,), and `members`, int32 (n,), the
    hashes' places, run side by side; those of key k lie in `starts[k]:starts[k + 1]`. So do the
    hashes' first words, one or two, uint64 (1 or 2, n or a few more).
    """

    hashes: Words
    first_words: Words
    keys: npt.NDArray[np.uint32]
    members: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class BandJoin:
    """Two indices of one band (one twice: its hashes among themselves) and what is sought.

    Keys may differ by one of `flips`, uint32; hashes in `radius` bits. A pair that also meets in
    an earlier band, under `earlier_masks`, uint64 (bands, words), within `earlier_radii`, uint64
    (bands,), was found there. Two whose `left_tags` and `right_tags`, int64, indexed by members,
    are equal are no pair; both empty where there are none.
    """

    left: Index
    right: Index
    flips: npt.NDArray[np.uint32]
    radius: int
    earlier_masks: Words
    earlier_radii: Words
    left_tags: npt.NDArray[np.int64]
    right_tags: npt.NDArray[np.int64]


class Engine(Protocol):
    """The inner loops of a search. `rows` are rows of the left index."""

    @property
    def costs(self) -> Costs:
        """What its steps cost."""
        ...

    def threads(self, wanted: int | None) -> int:
        """How many threads to use: as many as are wanted, or what makes it fast."""
        ...

    def index(self, values: Words, band: Band) -> Index:
        """Sort hashes, uint64 (n, words), by their keys in a band."""
        ...

    def pairs(self, join: BandJoin, rows: range) -> Iterator[Pairs]:
        """The pairs of these rows, each in the first band in which it meets, in blocks."""
        ...

    def link(
        self,
        join: BandJoin,
        rows: range,
        tags: npt.NDArray[np.int64],
        parents: Members,
    ) -> None:
        """Unite in the union-find forest `parents` what is near and differs in its tag.

        `tags` and `parents` are indexed by members. A tree's root is the smallest of its members.
        """
        ...

    def merge(self, parents: Members, more: Members) -> None:
        """Unite in `parents` what `more`, a forest of the same members, holds united."""
        ...


def choose_engine(name: EngineName, hashes: int) -> Engine:
    """The engine of that name; "auto" takes numba where it is installed and worth its loading."""
    if name == "auto":
        name = "numba" if hashes >= _WORTH_COMPILING and find_spec("numba") else "numpy"
    if name == "numba" and not find_spec("numba"):
        raise MissingExtraError("curate", "numba", "the compiled search for near-duplicates")
    module = {"numba": "compiled", "numpy": "vectorised"}[name]
    engine: Engine = import_module(f"curation.duplicates.{module}").ENGINE
    return engine
