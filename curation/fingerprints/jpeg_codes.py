"""Huffman codes of JPEG files as tables, and their bytes as plain bits; compiled by numba.

numba is imported with this module, and only so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

PADDING = 24
"""Zeros behind each segment of `unstuff`, which later functions may read but not use."""
BITS = 11
"""Bits of the code that one look at the table of strides takes."""
CHUNK = 32
"""Bytes that are copied at once."""

# Counters are uint64 throughout, because numba makes a float of a uint64 and an int64.
_0, _1, _CHUNK = np.uint64(0), np.uint64(1), np.uint64(CHUNK)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` as numba compiles it, which keeps it on disk."""
    made: Callable[..., Any] = numba.njit(cache=True, nogil=True)(function)
    return made


def _unstuff_scan(data: Bytes, start: int, out: Bytes, segments: Places) -> tuple[Any, int]:
    """Copy the coded bytes from `start` on, without what keeps them from looking like markers.

    Writes where each restart begins in `out` (`segments`, and behind the last one where the next
    would), each with `PADDING` behind it: `out` has room for the bytes that are left of the data
    and for the padding of one segment less than `segments` has places. Gives the place of the
    marker that ends the scan, and the number of segments.
    """
    place, end, filled, count = np.uint64(start), np.uint64(data.size), _0, 0
    segments[0] = 0
    while place < end:
        # The processor looks through many bytes at once, and few of them are markers.
        while place + _CHUNK <= end:
            marked = False
            for ahead in range(CHUNK):
                marked |= data[place + np.uint64(ahead)] == 255
            if marked:
                break
            for ahead in range(CHUNK):
                out[filled + np.uint64(ahead)] = data[place + np.uint64(ahead)]
            place += _CHUNK
            filled += _CHUNK
        while place < end and data[place] != 255:
            out[filled] = data[place]
            filled += _1
            place += _1
        place += _1
        if place >= end:
            break
        marker = data[place]
        if marker == 0:
            out[filled] = 255
            filled += _1
            place += _1
        elif marker != 255:
            for _ in range(PADDING):
                out[filled] = 0
                filled += _1
            count += 1
            segments[count] = filled
            if marker < 0xD0 or marker > 0xD7:
                return np.int64(place) - 1, count
            place += _1
            if count + 1 == segments.size:
                break
    return -1, count


unstuff = compiled(_unstuff_scan)


def _tabulate_codes(
    code: Bytes, symbols: npt.NDArray[np.uint16], strides: npt.NDArray[np.uint16]
) -> bool:
    """Tables of a Huffman code: 16 counts by length, then the symbols.

    `symbols` (2**16,): of the next 16 bits, the length of the code they begin with, in the high
    byte, and its symbol; 0 where there is none. `strides` (2**BITS,): how many bits the AC symbols
    take, with their values, whose codes the next bits hold in full, from the lowest bit on in five,
    how many coefficients they stand for, in six, and whether the block ends with them; 0 where
    there is none.
    """
    symbols[:] = 0
    number, place = 0, 16
    for length in range(1, 17):
        for _ in range(code[length - 1]):
            if number >> length or place >= code.size:
                return False
            begin = number << (16 - length)
            symbols[begin : begin + (1 << (16 - length))] = length << 8 | code[place]
            number += 1
            place += 1
        number <<= 1
    for key in range(strides.size):
        taken = passed = ended = 0
        while taken < BITS and not ended:
            found: Any = np.int64(symbols[(key << (16 - BITS + taken)) & 0xFFFF])
            own, run, extra = found >> 8, (found >> 4) & 15, found & 15
            if own == 0 or own > BITS - taken or passed + run > 62:
                break
            taken += own + extra
            if extra == 0 and run < 15:
                ended = 1
            else:
                passed += run + 1
        strides[key] = taken | passed << 5 | ended << 11
    return True


tabulate = compiled(_tabulate_codes)
