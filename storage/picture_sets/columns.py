"""Finds the column that holds the pictures, and turns a row of a table into a stored picture."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from schemas.errors import StorageError
from storage.files import location
from storage.picture_sets.contract import StoredPicture


def image_columns(schema: pa.Schema) -> list[str]:
    """Columns that may hold pictures: structs with `bytes`, or, where there is none, binaries."""
    structs = [field.name for field in schema if _is_struct(field.type)]
    return structs or [field.name for field in schema if _is_binary(field.type)]


def choose_image_column(schema: pa.Schema, named: str | None, where: str) -> str:
    """The column of pictures: the `named` one, `image`, or the only one that may hold some.

    Raises `StorageError` where there is none, or several of which none is called `image`.
    """
    found = image_columns(schema)
    if named is not None:
        if named in schema.names and _holds_pictures(schema.field(named).type):
            return named
        held = f"holds {schema.field(named).type}" if named in schema.names else "is not there"
        raise StorageError(
            f"{where}: the column {named!r} {held}; pictures are in "
            f"{', '.join(found) or 'no column'} of {', '.join(schema.names)}"
        )
    if "image" in found:
        return "image"
    if len(found) == 1:
        return found[0]
    if not found:
        raise StorageError(
            f"{where} has no column of pictures (binary, or a struct with bytes): "
            f"its columns are {', '.join(schema.names)}"
        )
    raise StorageError(
        f"{where} has several columns of pictures: {', '.join(found)}; name one with --image-column"
    )


def class_names(schema: pa.Schema) -> dict[str, list[str]]:
    """The class names of every class-label column, from the features that `datasets` leaves."""
    try:
        told = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return {
            name: list(feature["names"])
            for name, feature in told.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (KeyError, ValueError, TypeError):
        return {}


@dataclass(frozen=True, slots=True)
class RowReader:
    """Turns rows of one table into stored pictures.

    `beside` is the folder that relative paths of pictures are meant from. A row is named by its
    `key_column`; or, where `named_below` is given, by the path below it that its picture has; or
    by the `place` it stands in.
    """

    image_column: str
    key_column: str | None
    classes: Mapping[str, list[str]]
    beside: str
    named_below: str | None = None

    def pictures(
        self, table: pa.Table, place: Callable[[int], str], more: Mapping[str, Any]
    ) -> Iterator[StoredPicture]:
        """The pictures of a table's rows; `more` are facts that all of them share."""
        for number, row in enumerate(table.to_pylist()):
            value = row.pop(self.image_column)
            data, problem = self._bytes(value)
            key = self._key(row, value) or place(number)
            for name in self.classes.keys() & row.keys():
                row[name] = self._class_name(name, row[name])
            yield StoredPicture(key, data, {**more, **row}, problem)

    def _key(self, row: Mapping[str, Any], value: Any) -> str | None:
        if self.key_column is not None:
            return None if row[self.key_column] is None else str(row[self.key_column])
        path = value.get("path") if isinstance(value, Mapping) else None
        if path and self.named_below is not None and path.startswith(f"{self.named_below}/"):
            return str(path).removeprefix(f"{self.named_below}/")
        return None

    def _class_name(self, column: str, value: Any) -> Any:
        names = self.classes[column]
        return names[value] if isinstance(value, int) and 0 <= value < len(names) else value

    def _bytes(self, value: Any) -> tuple[bytes, str]:
        """The bytes of a picture, of a struct with `bytes` or `path`; or why there are none."""
        if isinstance(value, Mapping):
            path = value.get("path")
            value = value.get("bytes")
            if value is None and path:
                joined = path if "://" in path else posixpath.join(self.beside, path)
                try:
                    return location(joined).read_bytes(), ""
                except OSError as error:
                    said = error.strerror or type(error).__name__
                    return b"", f"the file {path} that its row names could not be read: {said}"
        return (value, "") if value is not None else (b"", "its row holds no picture")


def _is_struct(kind: pa.DataType) -> bool:
    return pa.types.is_struct(kind) and any(
        kind.field(i).name == "bytes" and _is_binary(kind.field(i).type)
        for i in range(kind.num_fields)
    )


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _holds_pictures(kind: pa.DataType) -> bool:
    return _is_struct(kind) or _is_binary(kind)
