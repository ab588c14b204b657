"""The engine of compiled loops: numba is imported with this module, and only with it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from curation.duplicates.bands import Band, Costs, Words
from curation.duplicates.engines import BandJoin, Index, Pairs, sorted_pairs
from curation.duplicates.forest import Members
from curation.duplicates.kernels import LANES, fill_block, sort_by_key
from curation.duplicates.link_kernels import link_rows, merge

_BLOCK = 1 << 16  # pairs in a block


class Compiled:
    """The engine."""

    costs = Costs(sorting=8.0, lookup=4.0, candidate=0.08, mask=100.0)

    def threads(self, wanted: int | None) -> int:
        """See `Engine.threads`."""
        return wanted or os.cpu_count() or 1

    def index(self, values: Words, band: Band) -> Index:
        """See `Engine.index`."""
        size = len(values)
        index = Index(
            values,
            np.zeros((min(values.shape[1], 2), size + LANES), np.uint64),
            np.empty(size, np.uint32),
            np.empty(size, np.int32),
            np.zeros((1 << band.width) + 1, np.int32),
        )
        sort_by_key(band.keys(values), index)
        return index

    def pairs(self, join: BandJoin, rows: range) -> Iterator[Pairs]:
        """See `Engine.pairs`."""
        at = np.array([0, rows.start, 0])
        first, second = np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.int64)
        distances = np.empty(_BLOCK, np.uint16)
        while at[0] < join.flips.size:
            found = fill_block(
                join.left,
                join.right,
                join.left is join.right,
                join.flips,
                np.uint64(join.radius),
                join.earlier_masks,
                join.earlier_radii,
                join.left_tags,
                join.right_tags,
                (rows.start, rows.stop),
                at,
                first,
                second,
                distances,
            )
            if found:
                yield sorted_pairs(first[:found], second[:found], distances[:found])

    def link(
        self,
        join: BandJoin,
        rows: range,
        tags: npt.NDArray[np.int64],
        parents: Members,
    ) -> None:
        """See `Engine.link`."""
        link_rows(
            join.left,
            join.right,
            join.left is join.right,
            join.flips,
            np.uint64(join.radius),
            (rows.start, rows.stop),
            tags,
            parents,
        )

    def merge(self, parents: Members, more: Members) -> None:
        """See `Engine.merge`."""
        merge(parents, more)


ENGINE = Compiled()
