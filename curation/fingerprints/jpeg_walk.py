"""Walks through the Huffman codes of a JPEG file for the averages of its blocks; compiled by numba.

Other coefficients are stepped over, several with one look into a table. Each function says False
where the bytes are not sound, and reads nothing beyond them whatever they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from curation.fingerprints.jpeg_codes import BITS, PADDING, Bytes, Places, compiled

# All of one type, because numba makes a float of a uint64 and an int64.
_0, _1, _2, _3, _4, _5, _6, _7, _8 = (np.uint64(number) for number in range(9))
_11, _15, _16, _24, _31, _32, _40, _48, _56, _63, _64, _255 = (
    np.uint64(number) for number in (11, 15, 16, 24, 31, 32, 40, 48, 56, 63, 64, 255)
)
_STRIDES, _UNUSED = np.uint64(BITS), np.uint64(64 - BITS)


def _next_64_bits(data: Bytes, place: np.uint64) -> np.uint64:
    """Eight bytes as a number. LLVM makes one instruction of it."""
    high = (
        np.uint64(data[place]) << _56
        | np.uint64(data[place + _1]) << _48
        | np.uint64(data[place + _2]) << _40
        | np.uint64(data[place + _3]) << _32
    )
    low = (
        np.uint64(data[place + _4]) << _24
        | np.uint64(data[place + _5]) << _16
        | np.uint64(data[place + _6]) << _8
        | np.uint64(data[place + _7])
    )
    return high | low


_bits = compiled(_next_64_bits)


def _read_averages(
    data: Bytes,
    segments: Places,
    restart: int,
    symbols: npt.NDArray[np.uint16],
    strides: npt.NDArray[np.uint16],
    blocks: Places,
    unit: tuple[int, int],
    size: tuple[int, int],
    low: int,
    alone: bool,
    out: npt.NDArray[np.int32],
) -> bool:
    """Read the zero frequency of luminance into `out`, for each unit of `size`, rows and columns.

    `data` and `segments` are those of `unstuff`; a segment has `restart` units, or all where that
    is 0. `symbols` and `strides`: the tables of `tabulate`, one behind the other. `blocks` (n, 4):
    of each block of a unit, the number of its DC and its AC table, and its row and column within
    the unit, -1 where it is none of luminance. `unit`: rows and columns of luminance in a unit.
    `low`: the bit at which values begin. `alone`: the scan has no other frequencies.
    """
    last = np.uint64(data.size - 8)
    place, window, held = _0, _0, _0
    value: Any = 0
    segment, left = -1, 0
    for top in range(0, size[0], unit[0]):
        for start in range(0, size[1], unit[1]):
            if left == 0:
                end = np.uint64(segments[segment + 1] - PADDING) * _8
                if segment >= 0 and place * _8 - held > end:
                    return False
                segment += 1
                if segment + 1 >= segments.size:
                    return False
                place, window, held = np.uint64(segments[segment]), _0, _0
                value, left = 0, restart
            left -= 1
            for block in range(blocks.shape[0]):
                if place > last:
                    return False
                # As many bytes as fit; those that are there already are written over by the same.
                window |= _bits(data, place) >> held
                place += (_63 - held) >> _3
                held |= _56
                table = np.uint64(blocks[block, 0]) << _16
                found = np.uint64(symbols[table | window >> _48])
                length, extra = found >> _8, found & _255
                if length == _0 or extra > _15:
                    return False
                if blocks[block, 2] >= 0:
                    if extra != _0:
                        step = np.int64((window << length) >> (_64 - extra))
                        if step >> np.int64(extra - _1) == 0:
                            step -= (1 << np.int64(extra)) - 1
                        value += step
                    row, column = top + blocks[block, 2], start + blocks[block, 3]
                    out[row, column] = value << low
                window <<= length + extra
                held -= length + extra
                if alone:
                    continue
                table = np.uint64(blocks[block, 1])
                passed = _0
                while passed < _63:
                    if place > last:
                        return False
                    window |= _bits(data, place) >> held
                    place += (_63 - held) >> _3
                    held |= _56
                    found = np.uint64(strides[table << _STRIDES | window >> _UNUSED])
                    taken, more = found & _31, (found >> _5) & _63
                    # A stride to the very end may hold what belongs to the next block.
                    if taken != _0 and passed + more < _63:
                        window <<= taken
                        held -= taken
                        passed += more
                        if found >> _11:
                            break
                        # Another one before more bits are needed: two take 52 of 56 at the most.
                        found = np.uint64(strides[table << _STRIDES | window >> _UNUSED])
                        taken, more = found & _31, (found >> _5) & _63
                        if taken != _0 and passed + more < _63:
                            window <<= taken
                            held -= taken
                            passed += more
                            if found >> _11:
                                break
                        continue
                    found = np.uint64(symbols[table << _16 | window >> _48])
                    length, run, extra = found >> _8, (found >> _4) & _15, found & _15
                    if length == _0:
                        return False
                    window <<= length + extra
                    held -= length + extra
                    if extra == _0 and run < _15:
                        break
                    passed += run + _1
                if passed > _63:
                    return False
    end = np.uint64(segments[segment + 1] - PADDING) * _8
    return bool(place * _8 - held <= end)


read_averages = compiled(_read_averages)


def _refine_averages(
    data: Bytes,
    segments: Places,
    restart: int,
    blocks: Places,
    unit: tuple[int, int],
    size: tuple[int, int],
    low: int,
    out: npt.NDArray[np.int32],
) -> bool:
    """Add the bit `low` to what `read_averages` read, from a scan that holds that bit alone."""
    place, segment, left = 0, -1, 0
    for top in range(0, size[0], unit[0]):
        for start in range(0, size[1], unit[1]):
            if left == 0:
                segment += 1
                if segment + 1 >= segments.size:
                    return False
                place, left = segments[segment] * 8, restart
            left -= 1
            for block in range(blocks.shape[0]):
                if place >= (segments[segment + 1] - PADDING) * 8:
                    return False
                if blocks[block, 2] >= 0:
                    bit = (np.int64(data[place >> 3]) >> (7 - (place & 7))) & 1
                    out[top + blocks[block, 2], start + blocks[block, 3]] |= bit << low
                place += 1
    return True


refine_averages = compiled(_refine_averages)
