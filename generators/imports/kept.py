"""Keeps the rows of a streamed set on this machine, so that each is fetched once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from upath import UPath

from schemas.identity import canonical_json
from storage.files import read_bytes, write_bytes

Row = dict[str, Any]
Rows = Iterator[tuple[str, Row]]
_FILES = ("data", "mask")
_LISTING = "listing.json"


class KeptRows:
    """A folder of rows: `<name>.json`, and the bytes of its picture and its mask beside it."""

    def __init__(self, folder: UPath) -> None:
        self._folder = folder

    def first(self, count: int, rows: Callable[[], Rows]) -> list[tuple[str, Row]]:
        """The first `count` of `rows`, without pictures; `rows` is asked only where it must be."""
        listing, complete = self._listing()
        if len(listing) < count and not complete:
            taken: list[str] = []
            for name, row in rows():
                self._write(name, row)
                taken.append(name)
                if len(taken) == count:
                    break
            listing, complete = taken, len(taken) < count
            plain = canonical_json({"names": listing, "complete": complete})
            write_bytes(self._folder / _LISTING, plain.encode())
        return [(name, self._columns(name)) for name in listing[:count]]

    def keep(self, rows: Iterable[tuple[str, Row]]) -> None:
        """Write rows."""
        for name, row in rows:
            self._write(name, row)

    def has(self, name: str) -> bool:
        """Whether a row is here."""
        return (self._folder / f"{name}.json").exists()

    def read(self, name: str) -> Row | None:
        """A row with its pictures, None where it is not here."""
        if not self.has(name):
            return None
        row = self._columns(name)
        present = row.pop("present")
        return row | {
            kind: read_bytes(self._folder / f"{name}.{kind}") if kind in present else None
            for kind in _FILES
        }

    def _write(self, name: str, row: Mapping[str, Any]) -> None:
        if self.has(name):
            return
        present = [kind for kind in _FILES if row[kind] is not None]
        for kind in present:
            write_bytes(self._folder / f"{name}.{kind}", row[kind])
        columns = {key: value for key, value in row.items() if key not in _FILES}
        # Written last: a row that is named here is whole.
        plain = canonical_json(columns | {"present": present})
        write_bytes(self._folder / f"{name}.json", plain.encode())

    def _columns(self, name: str) -> Row:
        row: Row = json.loads(read_bytes(self._folder / f"{name}.json"))
        return row

    def _listing(self) -> tuple[list[str], bool]:
        path = self._folder / _LISTING
        if not path.exists():
            return [], False
        listing = json.loads(read_bytes(path))
        return listing["names"], listing["complete"]
