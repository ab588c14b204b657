"""Reads rows of a stage by their ids, part by part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from flows.run import Run

Row = Mapping[str, Any]


def rows_of(
    run: Run,
    stage: str,
    table: str,
    key: str,
    places: Mapping[str, int],
    columns: Sequence[str] | None = None,
) -> dict[str, Row]:
    """Rows of a stage by their `key`; `places`: the part in which each of them lies."""
    by_part: defaultdict[int, list[str]] = defaultdict(list)
    for row_id, part in places.items():
        by_part[part].append(row_id)
    found: dict[str, Row] = {}
    for part, ids in sorted(by_part.items()):
        rows = run.part(stage, part).select(table, key, ids, columns).to_pylist()
        found |= {row[key]: row for row in rows}
    return found
