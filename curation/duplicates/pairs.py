"""All pairs of hashes within a radius: exact, fast, and streamed, so that memory stays bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import numpy as np
import numpy.typing as npt

from curation.duplicates.bands import WORD, Words, choose_bands
from curation.duplicates.engines import BandJoin, Engine, EngineName, Pairs, choose_engine

__all__ = ["Pairs", "Tags", "band_joins", "cross_pairs", "near_pairs", "packed", "row_ranges"]

Tags = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
_ROWS = 16384, 65536  # at least and at most, in what a thread takes at a time


def near_pairs(
    values: npt.NDArray[np.uint64],
    radius: int,
    *,
    tags: npt.NDArray[np.int64] | None = None,
    threads: int | None = None,
    engine: EngineName = "auto",
) -> Iterator[Pairs]:
    """All pairs i < j of hashes that differ in at most `radius` bits, each once.

    `values` is uint64, (n,) or (n, words) for hashes of more than 64 bits. Those whose `tags`,
    int64 (n,), are equal are no pair. Exact: bands by the generalised pigeonhole principle
    (`curation.duplicates.bands`), in each band one sort and one join of buckets for each difference
    of keys. In a block pairs are sorted; the order of the blocks depends on the engine, not on
    `threads` (the machine's cores where None) nor on time. Of n equal hashes there are n²/2 pairs,
    which take time but no memory: `components` does without them.
    """
    hashes = packed(values)
    loops = choose_engine(engine, len(hashes))
    joins = band_joins(hashes, None, radius, loops, None if tags is None else (tags, tags))
    return _stream(joins, loops, threads)


def cross_pairs(
    left: npt.NDArray[np.uint64],
    right: npt.NDArray[np.uint64],
    radius: int,
    *,
    tags: Tags | None = None,
    threads: int | None = None,
    engine: EngineName = "auto",
) -> Iterator[Pairs]:
    """All (i, j) where left[i] and right[j] differ in at most `radius` bits; see `near_pairs`.

    `tags` are those of the left and those of the right.
    """
    ours, theirs = packed(left), packed(right)
    if ours.shape[1] != theirs.shape[1]:
        raise ValueError(
            f"hashes of {ours.shape[1]} and of {theirs.shape[1]} words: compare hashes of one kind"
        )
    loops = choose_engine(engine, len(ours) + len(theirs))
    return _stream(band_joins(ours, theirs, radius, loops, tags), loops, threads)


def packed(values: npt.NDArray[np.uint64]) -> Words:
    """Hashes as uint64 (n, words), contiguous. Raises ValueError for another type or shape."""
    if values.dtype != np.uint64 or values.ndim not in (1, 2) or not all(values.shape[1:]):
        raise ValueError(
            f"hashes are uint64, (n,) or (n, words), not {values.dtype} {values.shape}"
        )
    if len(values) >= 1 << 31:
        raise ValueError(f"{len(values)} hashes: 2**31 and more do not fit one search")
    rows = values[:, None] if values.ndim == 1 else values
    # Compiled loops want one kind of array: contiguous, and writable even if nobody writes.
    return np.require(rows, requirements=["C", "W"])


def band_joins(
    left: Words, right: Words | None, radius: int, loops: Engine, tags: Tags | None = None
) -> Iterator[BandJoin]:
    """The joins, a band each, that together find what is near; without `right`, left with itself.

    Only one band's indices are made at a time.
    """
    if radius < 0:
        raise ValueError(f"a radius of {radius}: give the number of bits, 0 or more")
    sizes = len(left), len(left if right is None else right)
    if tags is not None and (len(tags[0]), len(tags[1])) != sizes:
        raise ValueError(f"{len(tags[0])} and {len(tags[1])} tags for {sizes} hashes: one for each")
    if not all(sizes):
        return iter(())
    none = np.zeros(0, np.int64)
    return _band_joins(left, right, radius, loops, (none, none) if tags is None else tags)


def _band_joins(
    left: Words, right: Words | None, radius: int, loops: Engine, tags: Tags
) -> Iterator[BandJoin]:
    words = left.shape[1]
    size = None if right is None else len(right)
    bands = choose_bands(len(left), size, words * WORD, radius, loops.costs)
    masks = np.array([band.mask(words) for band in bands], np.uint64)
    radii = np.array([band.radius for band in bands], np.uint64)
    for place, band in enumerate(bands):
        index = loops.index(left, band)
        other = index if right is None else loops.index(right, band)
        yield BandJoin(index, other, band.flips(), radius, masks[:place], radii[:place], *tags)


def row_ranges(join: BandJoin, whole_buckets: bool = False) -> Iterator[range]:
    """The rows of a join's left index in pieces that threads can take."""
    size = join.left.keys.size
    step = min(max(size // 64, _ROWS[0]), _ROWS[1])
    start = 0
    while start < size:
        stop = min(start + step, size)
        if whole_buckets:
            stop = int(join.left.starts[int(join.left.keys[stop - 1]) + 1])
        yield range(start, stop)
        start = stop


def _stream(joins: Iterable[BandJoin], loops: Engine, threads: int | None) -> Iterator[Pairs]:
    tasks = (loops.pairs(join, rows) for join in joins for rows in row_ranges(join))
    return _in_order(tasks, loops.threads(threads))


def _in_order(tasks: Iterable[Iterator[Pairs]], threads: int) -> Iterator[Pairs]:
    """What the tasks yield, task by task, while threads are a few tasks ahead by a block each."""
    if threads == 1:
        for task in tasks:
            yield from task
        return
    coming = iter(tasks)
    with ThreadPoolExecutor(threads) as pool:

        def ahead(task: Iterator[Pairs]) -> tuple[Iterator[Pairs], Future[Pairs | None]]:
            return task, pool.submit(next, task, None)

        running = deque(ahead(task) for task in islice(coming, 2 * threads))
        try:
            while running:
                task, future = running.popleft()
                block = future.result()
                if block is not None:
                    running.appendleft(ahead(task))
                    yield block
                else:
                    running.extend(ahead(task) for task in islice(coming, 1))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
