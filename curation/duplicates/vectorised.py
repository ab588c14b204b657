"""The inner loops of the search in NumPy alone, for where numba is not installed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from curation.duplicates.bands import Band, Costs, Words
from curation.duplicates.engines import BandJoin, Index, Pairs, sorted_pairs
from curation.duplicates.forest import Members, roots, unite
from curation.duplicates.sweeping import sweep

_CANDIDATES = 1 << 18  # comparisons at a time: 2 MiB of hashes, which stay in the cache
_BLOCK = 1 << 16  # pairs from which a block is handed on
_LARGE = 1 << 14  # comparisons between two buckets from which they are swept

Places = npt.NDArray[np.int64]


class Vectorised:
    """The engine."""

    costs = Costs(sorting=60.0, lookup=20.0, candidate=12.0, mask=3e5)

    def threads(self, wanted: int | None) -> int:
        """See `Engine.threads`. Its steps are short: threads wait for the interpreter."""
        return wanted or 1

    def index(self, values: Words, band: Band) -> Index:
        """See `Engine.index`."""
        keys = band.keys(values)
        members = np.argsort(keys, kind="stable").astype(np.int32)
        starts = np.zeros((1 << band.width) + 1, np.int32)
        np.cumsum(np.bincount(keys, minlength=1 << band.width), out=starts[1:])
        return Index(values, values[members, :2].T.copy(), keys[members], members, starts)

    def pairs(self, join: BandJoin, rows: range) -> Iterator[Pairs]:
        """See `Engine.pairs`."""
        found: list[tuple[Places, Places, Places]] = []
        count = 0
        for flip in join.flips:
            for ours, theirs in _candidates(join, _meetings(join, rows, flip)):
                one, other, distance = _near(join, ours, theirs)
                anew = _is_wanted(join, one, other)
                if anew.any():
                    found.append((one[anew], other[anew], distance[anew]))
                    count += int(anew.sum())
                if count >= _BLOCK:
                    yield _block(join, found)
                    found, count = [], 0
        if found:
            yield _block(join, found)

    def link(
        self,
        join: BandJoin,
        rows: range,
        tags: npt.NDArray[np.int64],
        parents: Members,
    ) -> None:
        """See `Engine.link`."""
        starts = join.left.starts
        settled = _Settled(join, rows, parents)
        for flip in join.flips:
            ours, begin, end = settled.without(_meetings(join, rows, flip))
            keys = join.left.keys[ours]
            large = (starts[keys + 1] - starts[keys]) * (end - begin) >= _LARGE
            within = join.left is join.right and flip == 0
            for key in np.unique(keys[large]):
                bucket = join.left.members[starts[key] : starts[key + 1]]
                facing = key ^ flip
                others = slice(*join.right.starts[[facing, facing + 1]])
                theirs = bucket[:0] if within else join.right.members[others]
                sweep(join, bucket, theirs, tags, parents)
            small = ours[~large], begin[~large], end[~large]
            for left, right in _candidates(join, small):
                one, other, _ = _near(join, left, right)
                differ = tags[one] != tags[other]
                unite(parents, one[differ], other[differ])
            if within:  # Most links are made where keys are equal.
                settled = _Settled(join, rows, parents)

    def merge(self, parents: Members, more: Members) -> None:
        """See `Engine.merge`."""
        members = np.flatnonzero(more != np.arange(more.size))
        unite(parents, members, more[members])


def _meetings(join: BandJoin, rows: range, flip: np.uint32) -> tuple[Places, Places, Places]:
    """Rows, and from where to where in the right index their partners lie."""
    ours: Places = np.arange(rows.start, rows.stop)
    keys = join.left.keys[rows.start : rows.stop] ^ flip
    if join.left is join.right and flip:
        later = keys > join.left.keys[rows.start : rows.stop]  # Each two buckets meet once.
        ours, keys = ours[later], keys[later]
    begin, end = join.right.starts[keys], join.right.starts[keys + 1]
    if join.left is join.right and not flip:
        begin = ours + 1
    some = end > begin
    return ours[some], begin[some].astype(np.int64), end[some].astype(np.int64)


class _Settled:
    """Which rows were, when this was made, in one tree with all of a bucket."""

    def __init__(self, join: BandJoin, rows: range, parents: Members) -> None:
        self._rows = rows
        self._own = roots(parents, join.left.members[rows.start : rows.stop])
        self._trees = roots(parents, join.right.members)
        changes = np.cumsum(self._trees[1:] != self._trees[:-1])
        # At each place, how often the tree changed up to the hash before it.
        self._changes = np.concatenate([[0, 0], changes])

    def without(self, meetings: tuple[Places, Places, Places]) -> tuple[Places, Places, Places]:
        """The meetings, as of `_meetings`, that may still bring a link."""
        rows, begin, end = meetings
        alike = self._trees[begin] == self._own[rows - self._rows.start]
        some = ~alike | (self._changes[end] != self._changes[begin + 1])
        return rows[some], begin[some], end[some]


def _candidates(
    join: BandJoin, meetings: tuple[Places, Places, Places]
) -> Iterator[tuple[Places, Places]]:
    """Places in both indices of hashes to compare, a bounded number at a time, or one row's."""
    rows, begin, end = meetings
    counts = end - begin
    ends = np.cumsum(counts)
    start = 0
    while start < rows.size:
        done = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + _CANDIDATES, side="right")))
        some = counts[start:stop]
        before = ends[start:stop] - some - done
        theirs = np.arange(int(ends[stop - 1]) - done) + np.repeat(begin[start:stop] - before, some)
        yield np.repeat(rows[start:stop], some), theirs
        start = stop


def _near(join: BandJoin, left: Places, right: Places) -> tuple[Places, Places, Places]:
    """The members of those candidates that are near, and their distances."""
    for ours, theirs in zip(join.left.first_words, join.right.first_words, strict=True):
        near = np.bitwise_count(ours[left] ^ theirs[right]) <= join.radius
        left, right = left[near], right[near]
    one, other = join.left.members[left], join.right.members[right]
    apart = join.left.hashes[one] ^ join.right.hashes[other]
    distance = np.bitwise_count(apart).sum(axis=1, dtype=np.int64)
    near = distance <= join.radius
    return one[near].astype(np.int64), other[near].astype(np.int64), distance[near]


def _is_wanted(join: BandJoin, one: Places, other: Places) -> npt.NDArray[np.bool_]:
    """Which near pairs differ in their tags and were not found in an earlier band."""
    apart = join.left.hashes[one] ^ join.right.hashes[other]
    anew = np.ones(one.size, np.bool_)
    if join.left_tags.size:
        anew = join.left_tags[one] != join.right_tags[other]
    for mask, radius in zip(join.earlier_masks, join.earlier_radii, strict=True):
        anew &= np.bitwise_count(apart & mask).sum(axis=1, dtype=np.uint64) > radius
    return anew


def _block(join: BandJoin, found: list[tuple[Places, Places, Places]]) -> Pairs:
    one, other, distance = (np.concatenate(column) for column in zip(*found, strict=True))
    if join.left is join.right:
        one, other = np.minimum(one, other), np.maximum(one, other)
    return sorted_pairs(one, other, distance)


ENGINE = Vectorised()
