"""Reads the bytes of one picture of one row: by its offset, or out of its row group."""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import Any

import pyarrow.parquet as pq

from detector.data.offsets import ABSENT, UNKNOWN
from detector.data.rows import Rows
from schemas.errors import DatasetError
from storage.files import explained

_OPEN_FILES = 256


class PictureReader:
    """Reads pictures of `rows`; one a process, as it holds open files.

    `groups`: how many row groups (of one column each) are kept for rows that are read by these.
    """

    def __init__(self, rows: Rows, groups: int = 8) -> None:
        self._rows = rows
        self._keep = groups
        self._files: OrderedDict[int, int] = OrderedDict()
        self._groups: OrderedDict[tuple[int, int, str], Any] = OrderedDict()

    def read(self, row: int, column: str) -> bytes | None:
        """The encoded bytes of this row's picture; None where the row has none."""
        spans = self._rows.pictures[column]
        offset = int(spans.offset[row])
        if offset == ABSENT:
            return None
        if offset == UNKNOWN:
            return self._from_group(row, column)
        length = int(spans.length[row])
        number = int(self._rows.file[row])
        path = self._rows.files[number]
        try:
            data = os.pread(self._file(number, path.path), length, offset)
        except OSError:
            with explained(f"reading {path}"):
                raise
        if len(data) != length:
            raise DatasetError(f"{path} is shorter than when it was opened; open the set again")
        return data

    def _file(self, number: int, path: str) -> int:
        """The open file of this number; those not asked for longest are closed."""
        if number not in self._files:
            self._files[number] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            if len(self._files) > _OPEN_FILES:
                os.close(self._files.popitem(last=False)[1])
        self._files.move_to_end(number)
        return self._files[number]

    def _from_group(self, row: int, column: str) -> bytes | None:
        number, group = int(self._rows.file[row]), int(self._rows.group[row])
        key = (number, group, column)
        if key in self._groups:
            self._groups.move_to_end(key)
        else:
            path = self._rows.files[number]
            with explained(f"reading {path}"), path.open("rb") as file:
                parquet = pq.ParquetFile(file, pre_buffer=True)
                leaf = f"{column}.bytes"
                table = parquet.read_row_group(group, columns=[leaf], use_threads=False)
            self._groups[key] = table[column].combine_chunks().field("bytes")
            while len(self._groups) > self._keep:
                self._groups.popitem(last=False)
        data: bytes | None = self._groups[key][int(self._rows.within[row])].as_py()
        return data

    def close(self) -> None:
        """Close the files that were opened."""
        while self._files:
            os.close(self._files.popitem()[1])
        self._groups.clear()
