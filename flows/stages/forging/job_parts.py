"""The planned jobs by part, and what the stages that work on them need of the plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flows.run import Run
from flows.stages import plan
from generators.requested_masks import draw_mask
from schemas.identity import derive_seed
from schemas.picture import Mask, Picture
from schemas.recipe.forge import ForgeEntry
from schemas.vocabulary import MaskKind, Status


def part_jobs(run: Run) -> list[list[dict[str, Any]]]:
    """The planned jobs (rows of the plan), by part."""
    rows = [r for r in plan.read_plan(run).jobs.to_pylist() if r["status"] == Status.OK]
    parts: list[list[dict[str, Any]]] = [
        [] for _ in range(1 + max((r["part"] for r in rows), default=-1))
    ]
    for row in rows:
        parts[row["part"]].append(row)
    return parts


def source_places(run: Run) -> dict[str, int]:
    """The sources part in which each kept source lies."""
    kept = run.part(plan.NAME).read(plan.KEPT, ("source_id", "part"))
    return dict(zip(kept["source_id"].to_pylist(), kept["part"].to_pylist(), strict=True))


def job_sources(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The ids of all sources that these jobs use, sorted."""
    ids = {row[column] for row in rows for column in ("source_id", "second_id")}
    return sorted(source_id for source_id in ids if source_id is not None)


def requested_mask(row: Mapping[str, Any], entry: ForgeEntry, source: Picture) -> Mask | None:
    """The mask that a planned job asks for; None where it asks for none.

    Raises `CannotForge` where the picture has no such place.
    """
    if row["mask_kind"] is None:
        return None
    kind, seed = MaskKind(row["mask_kind"]), derive_seed("mask", row["seed"])
    return draw_mask(kind, source, seed, entry.mask_area, row["instance"], entry.segmenter)
