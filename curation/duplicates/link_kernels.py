"""Compiled loops that link near hashes of a band by union-find, without naming their pairs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from curation.duplicates.bands import Words
from curation.duplicates.engines import Index
from curation.duplicates.forest import Members
from curation.duplicates.kernels import bits_apart, compiled, count_ones, next_row

_PATIENCE = 32  # rows of a bucket that find something near until the bucket is swept


@compiled
def root_of(parents: Members, member: int) -> int:
    """The root of a member's tree; halves the path on the way."""
    while parents[member] != member:
        parents[member] = parents[parents[member]]
        member = parents[member]
    return member


@compiled
def unite(parents: Members, one: int, other: int) -> None:
    """Unite two trees under the smaller root."""
    one, other = root_of(parents, one), root_of(parents, other)
    if one < other:
        parents[other] = one
    elif other < one:
        parents[one] = other


@compiled
def merge(parents: Members, more: Members) -> None:
    """Unite in the first forest what the second holds united."""
    for member in range(parents.size):
        if more[member] != member:
            unite(parents, member, more[member])


@compiled
def sweep(
    hashes: Words,
    members: Members,
    of_left: npt.NDArray[np.bool_],
    within: bool,
    radius: np.uint64,
    tags: npt.NDArray[np.int64],
    parents: Members,
) -> None:
    """Link the many hashes of two buckets, or of one, without comparing what is linked already.

    What is reached grows from one hash on: each that is reached is the pivot of one pass over
    those not yet reached, and takes what is near along. So hashes that are nearly all near one
    another take few passes. The arrays are scratch: what is reached moves to the front.
    """
    tagged = 1
    while tagged < members.size and tags[members[tagged]] == tags[members[0]]:
        tagged += 1
    reached = 0 if tagged < members.size else members.size  # Of one tag alone, none are linked.
    for pivot in range(members.size):
        if reached == members.size:
            return
        fresh = pivot == reached
        root = root_of(parents, members[pivot]) if fresh else 0
        for item in range(reached, members.size):
            link = fresh and root_of(parents, members[item]) == root
            if not link and (within or of_left[item] != of_left[pivot]):
                link = (
                    tags[members[item]] != tags[members[pivot]]
                    and bits_apart(hashes, pivot, hashes, item) <= radius
                )
            if link:
                unite(parents, members[pivot], members[item])
                root = root_of(parents, members[pivot])
                for word in range(hashes.shape[1]):
                    moved = hashes[item, word]
                    hashes[item, word] = hashes[reached, word]
                    hashes[reached, word] = moved
                members[item], members[reached] = members[reached], members[item]
                of_left[item], of_left[reached] = of_left[reached], of_left[item]
                reached += 1


@compiled
def sweep_buckets(
    left: Index,
    right: Index,
    ours: tuple[int, int],
    theirs: tuple[int, int],
    within: bool,
    radius: np.uint64,
    tags: npt.NDArray[np.int64],
    parents: Members,
) -> None:
    """Sweep over two buckets, given by their places, or over the first within itself."""
    size = ours[1] - ours[0]
    total = size if within else size + theirs[1] - theirs[0]
    hashes = np.empty((total, left.hashes.shape[1]), np.uint64)
    members = np.empty(total, np.int32)
    members[:size] = left.members[ours[0] : ours[1]]
    for item in range(size):
        hashes[item] = left.hashes[members[item]]
    if not within:
        members[size:] = right.members[theirs[0] : theirs[1]]
        for item in range(size, total):
            hashes[item] = right.hashes[members[item]]
    sweep(hashes, members, np.arange(total) < size, within, radius, tags, parents)


@compiled
def link_rows(
    left: Index,
    right: Index,
    alone: bool,
    flips: npt.NDArray[np.uint32],
    radius: np.uint64,
    rows: tuple[int, int],
    tags: npt.NDArray[np.int64],
    parents: Members,
) -> None:
    """Link the rows, which hold whole buckets, to their partners."""
    ours, words, keys, members, ends = left
    theirs, facing, _, partners, starts = right
    for flip in flips:
        row = next_row(left, right, alone, flip, radius, rows[0], rows[1])
        bucket, patience = -1, 0
        while row < rows[1]:
            key = keys[row] ^ flip
            if keys[row] != bucket:
                bucket, patience = keys[row], _PATIENCE
            begin, end = starts[key], starts[key + 1]
            if patience:
                patience -= 1
                for place in range(begin if not alone or flip else row + 1, end):
                    if count_ones(words[0, row] ^ facing[0, place]) > radius:
                        continue
                    one, other = members[row], partners[place]
                    if tags[one] != tags[other] and bits_apart(ours, one, theirs, other) <= radius:
                        unite(parents, one, other)
                row += 1
            else:
                # So many are near one another that most of the rest may be linked already.
                buckets = (ends[keys[row]], ends[keys[row] + 1]), (begin, end)
                within = alone and flip == 0
                sweep_buckets(left, right, *buckets, within, radius, tags, parents)
                row = ends[keys[row] + 1]
            row = next_row(left, right, alone, flip, radius, row, rows[1])
