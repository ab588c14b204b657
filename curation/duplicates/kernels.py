"""Compiled loops that find pairs of near hashes in a band: numba comes with this module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from curation.duplicates.bands import Words
from curation.duplicates.engines import Index

LANES = 8  # words that a vector register holds, at most

# All uint64, because numba makes a float of a uint64 and an int64.
_ONE, _TWO, _FOUR, _LAST = (np.uint64(shift) for shift in (1, 2, 4, 56))
_PAIRS, _NIBBLES, _BYTES, _SUM = (
    np.uint64(int(digits * 8, 16)) for digits in ("55", "33", "0f", "01")
)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as machine code, which is kept on disk where there is a place for it.

    What is kept goes by the file of the function alone: whoever changes a function here deletes
    what is kept of those that call it from other files.
    """
    try:
        kept: Callable[..., Any] = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # No folder that may be written to.
        kept = numba.njit(nogil=True)(function)
    return kept


@compiled
def count_ones(bits: np.uint64) -> np.uint64:
    """How many bits are set. LLVM puts the processor's own instruction in its place."""
    bits = bits - ((bits >> _ONE) & _PAIRS)
    bits = (bits & _NIBBLES) + ((bits >> _TWO) & _NIBBLES)
    bits = (bits + (bits >> _FOUR)) & _BYTES
    return (bits * _SUM) >> _LAST


@compiled
def bits_apart(left: Words, one: int, right: Words, other: int) -> np.uint64:
    """The Hamming distance of two hashes."""
    distance = np.uint64(0)
    for word in range(left.shape[1]):
        distance += count_ones(left[one, word] ^ right[other, word])
    return distance


@compiled
def sort_by_key(keys: npt.NDArray[np.uint32], index: Index) -> None:
    """A stable sort into an index that holds hashes and, where its starts are to be, zeros."""
    hashes, first_words, sorted_keys, members, starts = index
    for key in keys:
        starts[key + 1] += 1
    for key in range(1, starts.size):
        starts[key] += starts[key - 1]
    for i in range(keys.size):
        place = starts[keys[i]]
        starts[keys[i]] = place + 1
        members[place] = i
        sorted_keys[place] = keys[i]
        for word in range(first_words.shape[0]):
            first_words[word, place] = hashes[i, word]
    # Each start has become the next one's.
    for key in range(starts.size - 1, 0, -1):
        starts[key] = starts[key - 1]
    starts[0] = 0


@compiled
def next_row(
    left: Index,
    right: Index,
    alone: bool,
    flip: np.uint32,
    radius: np.uint64,
    row: int,
    stop: int,
) -> int:
    """The next row that may be near one of its bucket, or of a few behind it; `stop` if none.

    The innermost loop has no branch, runs over words that lie side by side, with unsigned places,
    and a multiple of `LANES` times: so it compiles to vector instructions alone. It looks at two
    words of a hash, because of several one alone hardly ever settles it. No array is handed to a
    function in here: numba would count its references each time, which costs more than the search.
    """
    _, ours, keys, _, ends = left
    _, theirs, _, _, starts = right
    wide = ours.shape[0] > 1
    while row < stop:
        key = keys[row]
        end = min(ends[key + 1], stop)
        begin, finish = starts[key ^ flip], starts[(key ^ flip) + 1]
        if begin == finish or (alone and key ^ flip < key):  # Alone, each two buckets meet once.
            row = end
        while row < end:
            if alone and flip == 0:
                begin = row + 1
            start = np.uintp(begin)
            steps = np.uintp((finish - begin + LANES - 1) & -LANES)
            nearest = radius + _ONE
            word = ours[0, row]
            if wide:
                more = ours[1, row]
                for step in range(steps):
                    apart = count_ones(word ^ theirs[0, start + step])
                    apart += count_ones(more ^ theirs[1, start + step])
                    nearest = min(nearest, apart)
            else:
                for step in range(steps):
                    nearest = min(nearest, count_ones(word ^ theirs[0, start + step]))
            if nearest <= radius:
                return row
            row += 1
    return stop


@compiled
def fill_block(
    left: Index,
    right: Index,
    alone: bool,
    flips: npt.NDArray[np.uint32],
    radius: np.uint64,
    earlier_masks: Words,
    earlier_radii: Words,
    left_tags: npt.NDArray[np.int64],
    right_tags: npt.NDArray[np.int64],
    rows: tuple[int, int],
    at: npt.NDArray[np.int64],
    first: npt.NDArray[np.int64],
    second: npt.NDArray[np.int64],
    distances: npt.NDArray[np.uint16],
) -> int:
    """Write pairs until the block is full or the rows are done, and say how many.

    `at` holds the flip, the row and the partner to go on with; a flip past the last one when done.
    """
    ours, words, keys, members, _ = left
    theirs, facing, _, partners, starts = right
    found = 0
    flip, row, partner = at
    while flip < flips.size:
        row = next_row(left, right, alone, flips[flip], radius, row, rows[1])
        while row < rows[1]:
            key = keys[row] ^ flips[flip]
            begin = starts[key] if not alone or flips[flip] else row + 1
            for place in range(max(begin, partner), starts[key + 1]):
                if count_ones(words[0, row] ^ facing[0, place]) > radius:
                    continue
                one, other = members[row], partners[place]
                distance = bits_apart(ours, one, theirs, other)
                anew = distance <= radius
                if left_tags.size:
                    anew &= left_tags[one] != right_tags[other]
                for band in range(earlier_radii.size if anew else 0):
                    apart = np.uint64(0)
                    for word in range(ours.shape[1]):
                        bits = ours[one, word] ^ theirs[other, word]
                        apart += count_ones(bits & earlier_masks[band, word])
                    anew &= apart > earlier_radii[band]
                if anew:
                    if found == first.size:
                        at[0], at[1], at[2] = flip, row, place
                        return found
                    if alone and one > other:
                        one, other = other, one
                    first[found], second[found], distances[found] = one, other, distance
                    found += 1
            partner = 0
            row = next_row(left, right, alone, flips[flip], radius, row + 1, rows[1])
        row = rows[0]
        flip += 1
    at[0] = flip
    return found
