"""Finds the Parquet files of a benchmark by the columns that they have."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from detector.layouts.trees import files
from storage.picture_sets.parquet import ParquetSet


def tables_with(root: Path, columns: Iterable[str]) -> list[Path]:
    """The Parquet files in `root` and `root/data`, if the first one has all `columns`."""
    found = [*files(root, (".parquet",)), *files(root / "data", (".parquet",))]
    if not found:
        return []
    names = ParquetSet("", str(found[0].parent), (found[0].name,)).schema().names
    return found if set(columns) <= set(names) else []
