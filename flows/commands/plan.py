"""`counterfoil plan`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from flows.commands.recipe_file import open_recipe
from flows.stages import sources
from flows.stages.plan import Plan, make_plan
from generators.registry import load
from schemas.recipe import Recipe
from schemas.vocabulary import Status

# A forged picture and its masks against its source's PNG, measured on the quickstart.
_FORGED_SIZE = 1.1
# Parts of the sources and of the forgeries; shards are written once more.
_COPIES = 2.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a build would cost: bytes on disk, core-seconds of forging, US dollars."""

    disk_bytes: int
    seconds: float
    dollars: float


def dry_run(recipe: Recipe, console: Console) -> tuple[Plan, list[dict[str, Any]]]:
    """The plan of a recipe and the light rows of its sources, with nothing written."""
    chunks = sources.plan_chunks(recipe)
    rows: list[tuple[int, dict[str, Any]]] = []
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("reading sources", total=len(chunks))
        for part, (entry, origins) in enumerate(chunks):
            for row in sources.read_origins(sources.reader_of(recipe, entry), origins):
                rows.append((part, {name: row[name] for name in sources.LIGHT}))
            progress.advance(bar)
    return make_plan(recipe, rows), [row for _, row in rows]


def estimate(plan: Plan, read: list[dict[str, Any]]) -> Estimate:
    """What building `plan` would cost."""
    sizes = {row["source_id"]: row["size"] for row in read if row["status"] == Status.OK}
    jobs = [job for job in plan.jobs.to_pylist() if job["status"] == Status.OK]
    forged = sum(sizes[job["source_id"]] for job in jobs) * _FORGED_SIZE
    specs = [load(job["generator"]).spec for job in jobs]
    return Estimate(
        disk_bytes=int(_COPIES * (sum(sizes.values()) + forged)),
        seconds=sum(spec.seconds for spec in specs),
        dollars=sum(spec.dollars for spec in specs),
    )


def run_plan(path: Path, photos: str | None, as_json: bool) -> None:
    """Print what building the recipe would make."""
    recipe = open_recipe(path, photos)
    plan, read = dry_run(recipe, Console(stderr=True))
    rows = _rows(plan)
    cost = estimate(plan, read)
    rejected = Counter(row["reason"] for row in read if row["status"] != Status.OK)
    rejected.update(plan.kept_counts().reasons)
    unplanned = Counter(
        (row["operation"], row["reason"], row["detail"])
        for row in plan.jobs.to_pylist()
        if row["status"] != Status.OK
    )
    if as_json:
        keys = ("domain", "operation", "generator", "split")
        counted = [dict(zip(keys, key, strict=True)) | {"count": n} for key, n in rows.items()]
        print(json.dumps({"counts": counted, "estimate": asdict(cost)}, indent=2))
        return
    console = Console()
    console.print(_table(recipe, rows))
    console.print(
        f"{sum(rows.values())} pictures; about {cost.disk_bytes / 1e6:.0f} MB on disk, "
        f"{cost.seconds:.0f} core-seconds of forging, ${cost.dollars:.2f}.",
        highlight=False,
    )
    for reason, count in sorted(rejected.items()):
        console.print(f"{count} sources will not enter: {reason}", highlight=False)
    for (operation, reason, detail), count in sorted(unplanned.items()):
        console.print(
            f"{count} of {operation} cannot be planned: {reason} ({detail})", highlight=False
        )


def _rows(plan: Plan) -> Counter[tuple[str, str, str, str]]:
    domains = {}
    rows: Counter[tuple[str, str, str, str]] = Counter()
    for source in plan.kept.to_pylist():
        if source["status"] == Status.OK:
            domains[source["source_id"]] = source["domain"]
            rows[source["domain"], "real", "", source["split"]] += 1
    for job in plan.jobs.to_pylist():
        if job["status"] == Status.OK:
            domain = domains[job["source_id"]]
            rows[domain, job["operation"], job["generator"], job["split"]] += 1
    return rows


def _table(recipe: Recipe, rows: Counter[tuple[str, str, str, str]]) -> Table:
    splits = list(recipe.splits.shares())
    table = Table(title=f"{recipe.name}: what a build would make", box=None)
    for name in ("domain", "operation", "generator"):
        table.add_column(name)
    for name in (*splits, "all"):
        table.add_column(name, justify="right")
    kinds = sorted({key[:3] for key in rows}, key=lambda k: (k[0], k[1] != "real", k[1], k[2]))
    for kind in kinds:
        counts = [rows[*kind, split] for split in splits]
        table.add_row(*kind, *map(str, counts), str(sum(counts)))
    totals = [sum(n for key, n in rows.items() if key[3] == split) for split in splits]
    table.add_section()
    table.add_row("all", "", "", *map(str, totals), str(sum(totals)), style="bold")
    return table
