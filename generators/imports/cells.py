"""Reads the cells of a data set: pictures however they are stored, class labels by their names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def picture_bytes(value: Any, base: Path | None) -> tuple[bytes | None, str | None]:
    """The encoded picture that a cell holds or names, and its file's name; None where unknown.

    A cell is the bytes themselves, `{bytes, path}` as the datasets library stores pictures, or a
    path: within `base`, the set's folder, or an fsspec URL.
    """
    if isinstance(value, bytes):
        return value, None
    if isinstance(value, Mapping):
        data, path = value.get("bytes"), value.get("path")
        if isinstance(data, bytes):
            return data, None if path is None else _within(str(path))
        value = path
    if isinstance(value, str) and value:
        return _read(value, base), _within(value)
    return None, None


def by_names(row: Mapping[str, Any], where: Mapping[str, Any], features: Mapping[str, Any]) -> Any:
    """The columns of a filter; class labels by name where the filter names them so."""
    named: dict[str, Any] = {}
    for column, wanted in where.items():
        value, feature = row.get(column), features.get(column)
        texts = wanted if isinstance(wanted, tuple | list) else (wanted,)
        by_name = any(isinstance(text, str) and not text.isdigit() for text in texts)
        int2str = getattr(feature, "int2str", None)
        if by_name and int2str is not None and isinstance(value, int) and value >= 0:
            value = int2str(value)
        named[column] = value
    return named


def _read(path: str, base: Path | None) -> bytes | None:
    import fsspec

    links = path.split("::")  # An archive behind its member, as in zip://x.png::set.zip.
    for place, link in enumerate(links):
        scheme, found, rest = link.rpartition("://")
        if not found or scheme in ("file", "local"):
            local = Path(os.path.abspath(rest if base is None else base / rest))
            # A cell is somebody else's text: it may not name any file of this machine.
            if not any(local.is_relative_to(folder) for folder in _folders(base)):
                return None
            links[place] = str(local)
    path = "::".join(links)
    try:
        with fsspec.open(path, "rb") as file:
            data: bytes = file.read()
    except FileNotFoundError:
        return None
    return data


def _folders(base: Path | None) -> list[Path]:
    """The set's own folder, and where the datasets library puts what it fetched."""
    from datasets import config

    fetched = [Path(config.HF_CACHE_HOME), Path(config.HF_DATASETS_CACHE)]
    return fetched if base is None else [base, *fetched]


def _within(path: str) -> str:
    """The path within the archive; one of this machine or of a server is cut to its last name."""
    inner, _, outer = path.partition("::")
    if outer and "://" in inner:
        return inner.partition("://")[2]
    return inner.rpartition("/")[2] if os.path.isabs(inner) or "://" in inner else inner
