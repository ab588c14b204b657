"""Reads rows as samples, some at a time: one after another between decodes takes twice as long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from detector.data.order import Indices
from detector.data.pictures import PictureReader
from detector.data.rows import Rows
from detector.data.sample import Sample

_TOGETHER = 16


class SampleReader:
    """Reads `rows` with these light columns (None: all); one a process, as it holds open files.

    `groups`: how many row groups, mixed, the rows that are read by these come from.
    """

    def __init__(self, rows: Rows, columns: Sequence[str] | None, groups: int) -> None:
        table = rows.table if columns is None else rows.table.select(columns)
        self._columns = {name: table[name].combine_chunks() for name in table.column_names}
        self._names = tuple(rows.pictures)
        # Room for the groups of every picture column, and for one more, as they change.
        self._pictures = PictureReader(rows, (groups + 1) * len(self._names))

    def read(self, rows: Indices) -> Iterator[Sample]:
        """The samples of these rows, their pictures still encoded; a few are held at once."""
        for at in range(0, len(rows), _TOGETHER):
            yield from [self._sample(row) for row in rows[at : at + _TOGETHER].tolist()]

    def close(self) -> None:
        """Close the files that were opened."""
        self._pictures.close()

    def _sample(self, row: int) -> Sample:
        values = {name: column[row].as_py() for name, column in self._columns.items()}
        return Sample(row, values, {name: self._pictures.read(row, name) for name in self._names})
