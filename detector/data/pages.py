"""Reads the headers and definition levels of Parquet pages, which say where a value's bytes lie.

pyarrow tells where a column chunk begins, not where its values are; the headers are Thrift's
compact protocol, the levels Parquet's hybrid of runs and packed bits (the Apache Parquet format's
specification, `parquet.thrift` and `Encodings.md`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

DATA_PAGE, DATA_PAGE_V2 = 0, 3
PLAIN = 0
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS = (4, 5, 6)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a column chunk: its values begin at `begin` and end before `end`, in the file.

    `levels`: where its definition levels begin and end (both 0 where it has none); `encoding`:
    Parquet's number of the values' encoding; `kind`: Parquet's number of the page's type.
    """

    kind: int
    encoding: int
    values: int
    levels: tuple[int, int]
    begin: int
    end: int


def pages(data: memoryview, begin: int, end: int, max_level: int) -> Iterator[Page]:
    """The pages of an uncompressed, unrepeated column chunk at `begin`..`end` of a file's bytes.

    `max_level`: the column's highest definition level; 0 where it cannot be null.
    Raises ValueError where the bytes are no pages.
    """
    try:
        while begin < end:
            header, body = _struct(data, begin)
            after = body + header[3]
            yield _page(data, header, body, after, max_level)
            begin = after
    except (IndexError, KeyError) as error:
        raise ValueError(f"no page header at byte {begin}") from error
    if begin != end:
        raise ValueError(f"the pages end at byte {begin}, their chunk at {end}")


def _page(data: memoryview, header: dict[int, Any], body: int, after: int, max_level: int) -> Page:
    kind = header[1]
    if kind == DATA_PAGE:
        about = header[5]
        if not max_level:
            return Page(kind, about[2], about[1], (0, 0), body, after)
        first = body + 4
        values = first + int.from_bytes(data[body:first], "little")
        return Page(kind, about[2], about[1], (first, values), values, after)
    if kind == DATA_PAGE_V2:
        about = header[8]
        first = body + about[6]
        values = first + about[5]
        return Page(kind, about[4], about[1], (first, values), values, after)
    return Page(kind, PLAIN, 0, (0, 0), body, after)


def levels(data: memoryview, count: int, max_level: int) -> npt.NDArray[np.uint8]:
    """The `count` definition levels, uint8 of 0..`max_level`, that `data` encodes."""
    width = max_level.bit_length()
    found = np.zeros(count, np.uint8)
    weights = (1 << np.arange(width)).astype(np.uint8)
    at = filled = 0
    while filled < count:
        try:
            head, at = _varint(data, at)
            if head & 1:
                size = (head >> 1) * width
                packed = np.frombuffer(data[at : at + size], np.uint8)
                bits = np.unpackbits(packed, bitorder="little")
                run = (bits.reshape(-1, width) * weights).sum(axis=1, dtype=np.uint8)
                at += size
                take = min(len(run), count - filled)
                found[filled : filled + take] = run[:take]
            else:
                take = min(head >> 1, count - filled)
                found[filled : filled + take] = data[at]
                at += 1
        except IndexError as error:
            raise ValueError("the definition levels end too early") from error
        if not take:
            raise ValueError("an empty run of definition levels")
        filled += take
    return found


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7


def _zigzag(data: memoryview, at: int) -> tuple[int, int]:
    value, at = _varint(data, at)
    return (value >> 1) ^ -(value & 1), at


def _struct(data: memoryview, at: int) -> tuple[dict[int, Any], int]:
    """The fields of the struct at `at` by number, and where it ends."""
    fields: dict[int, Any] = {}
    number = 0
    while (head := data[at]) != _STOP:
        at += 1
        kind = head & 0x0F
        if head >> 4:
            number += head >> 4
        else:
            number, at = _zigzag(data, at)
        if kind in (_TRUE, _FALSE):
            fields[number] = kind == _TRUE
        else:
            fields[number], at = _value(data, at, kind)
    return fields, at + 1


def _value(data: memoryview, at: int, kind: int) -> tuple[Any, int]:
    if kind in _INTEGERS:
        return _zigzag(data, at)
    if kind in (_TRUE, _FALSE, _BYTE):
        return data[at], at + 1
    if kind == _DOUBLE:
        return None, at + 8
    if kind == _BINARY:
        size, at = _varint(data, at)
        return None, at + size
    if kind == _STRUCT:
        return _struct(data, at)
    if kind in (_LIST, _SET):
        head = data[at]
        size, at = (head >> 4, at + 1) if head >> 4 < 15 else _varint(data, at + 1)
        items = []
        for _ in range(size):
            item, at = _value(data, at, head & 0x0F)
            items.append(item)
        return items, at
    raise ValueError(f"a page header holds a field of the unknown kind {kind}")
