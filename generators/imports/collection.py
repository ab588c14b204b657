"""What a public set is, however it is stored: items by name, and their files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from generators.contract import Item
from generators.imports.options import ImportOptions
from schemas.identity import unit_interval


@dataclass(frozen=True, slots=True)
class Entry:
    """The files of one item as they are. `file`: the picture's name within the set.

    `known`: further JSON-able parameters. `lacking`: names of what one would expect to be there.
    """

    file: str
    data: bytes
    mask: bytes | None = None
    known: Mapping[str, Any] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()


class PublicSet(Protocol):
    """A set that is opened."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What names the set and the part of it that is taken, JSON-able, without local paths."""
        ...

    def items(self, count: int) -> Sequence[Item]:
        """The `count` items to take, fewer where there are no more, in an order that stays."""
        ...

    def fetch(self, names: Sequence[str]) -> None:
        """Make ready to read these items, where one way through the set serves them all."""
        ...

    def read(self, name: str) -> Entry:
        """The files of one item. Raises `CannotForge` where the set has no such item."""
        ...


def chosen(names: Iterable[str], count: int, limit: int | None) -> list[str]:
    """The first `count` of `names` in the order of a stable hash of each."""
    order = sorted(names, key=lambda name: (unit_interval("import", name), name))
    return order[: count if limit is None else min(count, limit)]


def group_of(options: ImportOptions, name: str, row: Mapping[str, Any]) -> str | None:
    """The group of an item by the options: its column's value, or what the pattern finds in it."""
    if options.group_column is not None:
        value = row.get(options.group_column)
        return None if value in (None, "") else str(value)
    if options.group_pattern is not None:
        found = re.search(options.group_pattern, name)
        if found is not None:
            return str(found[1] if found.groups() else found[0])
    return None


def fits(row: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    """Whether a row has the wanted value, or one of them, in every column of `where`.

    Values are compared as they are and as text: a CSV file knows text alone.
    """

    def equal(value: Any, wanted: Any) -> bool:
        return bool(value == wanted) or str(value).casefold() == str(wanted).casefold()

    return all(
        any(equal(row.get(column), one) for one in (wanted if _many(wanted) else (wanted,)))
        for column, wanted in where.items()
    )


def prompt_of(row: Mapping[str, Any], column: str) -> str | None:
    """The prompt that a row has under `column`, None where that is empty or no text."""
    value = row.get(column)
    return value.strip() if isinstance(value, str) and value.strip() else None


def _many(value: object) -> bool:
    return isinstance(value, tuple | list)
