"""The file of tombstones: read whole, added to whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Sequence

import yaml
from upath import UPath

from schemas.errors import StorageError
from schemas.tombstones import Tombstone, parse_tombstones
from storage.files import explained, location, read_bytes, write_bytes

_YAML = (".yaml", ".yml")


def read_tombstones(path: str) -> tuple[Tombstone, ...]:
    """The tombstones in a file, in order. Raises `StorageError` where it is missing or wrong."""
    place = location(path)
    return parse_tombstones(_text(place), str(path))


def append_tombstones(path: str, added: Sequence[Tombstone]) -> int:
    """Add tombstones to the file, which is made where there is none; returns how many are new.

    What stands there stays as it is, comments of a YAML file as well; what takes down the very
    same things already is not added a second time.
    """
    place = location(path)
    with explained(f"looking at {path}"):
        before = _text(place) if place.exists() else ""
    known = {_identity(one) for one in parse_tombstones(before, str(path))}
    new = []
    for one in added:
        if _identity(one) not in known:
            known.add(_identity(one))
            new.append(one)
    if not new:
        return 0
    plain = [one.model_dump(mode="json", exclude_defaults=True) for one in new]
    if place.suffix in _YAML:
        text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=10_000)
    else:
        text = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in plain)
    whole = before + ("\n" if before and not before.endswith("\n") else "") + text
    try:
        parse_tombstones(whole, str(path))
    except StorageError as error:
        raise StorageError(
            f"{path} cannot be added to as it is written; make it a list with an entry a line that "
            f"begins with a dash, or end its name in .jsonl ({error})"
        ) from error
    write_bytes(place, whole.encode())
    return len(new)


def _identity(one: Tombstone) -> tuple[object, ...]:
    """What it takes down, whatever is said about it."""
    told = one.model_dump(mode="json", exclude={"reason", "date", "asked_by"})
    return tuple(str(value) for value in told.values())


def _text(place: UPath) -> str:
    try:
        return read_bytes(place).decode("utf-8")
    except UnicodeDecodeError as error:
        raise StorageError(f"{place} is no text in UTF-8: {error}") from error
