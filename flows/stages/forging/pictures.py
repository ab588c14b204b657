"""Finds and loads source pictures by id from the parts of the first stage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from flows.run import Run
from flows.stages import sources
from schemas.picture import Picture


def load_pictures(
    run: Run, places: dict[str, int], source_ids: Iterable[str]
) -> dict[str, Picture]:
    """The pictures with these ids. `places`: the sources part in which each lies."""
    by_part: defaultdict[int, set[str]] = defaultdict(set)
    for source_id in source_ids:
        by_part[places[source_id]].add(source_id)
    pictures = {}
    for part, wanted in sorted(by_part.items()):
        table = run.part(sources.NAME, part).select(
            sources.TABLE, "source_id", wanted, ("source", "image", "instances")
        )
        for row in table.to_pylist():
            pictures[row["source_id"]] = sources.picture_from_row(row)
    return pictures


def source_hashes(run: Run, places: dict[str, int], source_ids: Iterable[str]) -> list[list[str]]:
    """Hashes of the sources parts in which these ids lie: part of what later work depends on."""
    parts = sorted({places[source_id] for source_id in source_ids})
    return [run.manifest(sources.NAME, part).hashes() for part in parts]
