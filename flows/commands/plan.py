"""`counterfoil plan`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from flows.commands.asking_table import asking_table
from flows.commands.recipe_file import open_recipe
from flows.forecast import Costs, Forecast, costs_of, from_plan, from_quotas, listed
from flows.rating_forecast import forecast_rating
from flows.stages import sources
from flows.stages.plan import Plan, make_plan
from flows.stages.publishing.layout import SPLITS
from generators.contract import Need
from generators.planning.entries import entry_spec
from schemas.errors import CounterfoilError
from schemas.recipe import Recipe

# Files, up to which `plan` reads the sources unasked: about a minute.
_FEW = 2_000


def dry_run(recipe: Recipe, console: Console) -> tuple[Plan, list[dict[str, Any]]]:
    """The plan of a recipe and the light rows of its sources, with nothing written."""
    chunks = sources.plan_chunks(recipe)
    rows: list[tuple[int, dict[str, Any]]] = []
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("reading sources", total=len(chunks))
        for part, (entry, origins) in enumerate(chunks):
            for row in sources.read_origins(recipe, entry, origins):
                rows.append((part, {name: row[name] for name in sources.LIGHT}))
            progress.advance(bar)
    return make_plan(recipe, rows), [row for _, row in rows]


def forecast(recipe: Recipe, quotas: bool | None, console: Console) -> Forecast:
    """What a build would make. `quotas`: from the recipe alone; None leaves it to what is there."""
    if quotas:
        return from_quotas(recipe, "Planned from the quotas: nothing was read.")
    if quotas is None:
        try:
            files = listed(recipe)
        except CounterfoilError as error:
            return from_quotas(recipe, f"Planned from the quotas, as the sources are away: {error}")
        if files > _FEW:
            return from_quotas(
                recipe,
                f"Planned from the quotas: {files:,} files are many; --read plans on them.",
            )
    plan, read = dry_run(recipe, console)
    return from_plan(recipe, plan, read)


def run_plan(
    path: Path, photos: str | None, generate: list[str], as_json: bool, quotas: bool | None
) -> None:
    """Print what building the recipe would make."""
    recipe = open_recipe(path, photos, generate)
    found = forecast(recipe, quotas, Console(stderr=True))
    if as_json:
        keys = ("domain", "operation", "generator", "split")
        counted = [
            dict(zip(keys, key, strict=True)) | {"count": n} for key, n in found.counts.items()
        ]
        print(json.dumps({"counts": counted, "estimate": asdict(found.costs)}, indent=2))
        return
    console = Console()
    console.print(_table(recipe, found))
    for line in _costs(found.counts.total(), found.costs):
        console.print(line, highlight=False)
    if asked := forecast_rating(recipe, by_split(found), None):
        console.print(asking_table(asked))
    for remark in found.remarks:
        console.print(remark, highlight=False, markup=False)
    if any(entry.alternative for entry in recipe.forge):
        console.print(_alternatives(recipe))


def by_split(found: Forecast) -> Counter[str]:
    """How many pictures a build would make, by split."""
    pictures: Counter[str] = Counter()
    for place, number in found.counts.items():
        pictures[place[3]] += number
    return pictures


def _costs(pictures: int, costs: Costs) -> list[str]:
    lines = [
        f"{pictures:,} pictures; about {_bytes(costs.disk_bytes)} on disk and "
        f"{_time(costs.core_seconds)} of forging on one core."
    ]
    if costs.gpu_hours:
        cards = ", ".join(
            f"{hours:,.1f} h on one {card}" for card, hours in costs.gpu_hours.items()
        )
        lines.append(f"On a GPU: {cards} (docs/models.md says where these figures are from).")
    if costs.untimed:
        lines.append(f"On a GPU, for a time that nobody has reported: {', '.join(costs.untimed)}.")
    if costs.dollars:
        lines.append(
            f"Services: ${costs.dollars:,.2f}, or ${costs.batch_dollars:,.2f} at batch prices."
        )
    return lines


def _bytes(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"


def _time(seconds: float) -> str:
    return f"{seconds / 3600:,.1f} h" if seconds >= 3600 else f"{seconds:,.0f} s"


def _table(recipe: Recipe, found: Forecast) -> Table:
    rows = found.counts
    splits = [split for split in SPLITS if any(key[3] == split for key in rows)]
    table = Table(title=f"{recipe.name}: what a build would make", box=None)
    for name in ("domain", "operation", "generator"):
        table.add_column(name)
    for name in (*splits, "all"):
        table.add_column(name, justify="right")
    kinds = sorted({key[:3] for key in rows}, key=lambda k: (k[0], k[1] != "real", k[1], k[2]))
    for kind in kinds:
        counts = [rows[*kind, split] for split in splits]
        table.add_row(*kind, *(f"{count:,}" for count in counts), f"{sum(counts):,}")
    totals = [sum(n for key, n in rows.items() if key[3] == split) for split in splits]
    table.add_section()
    table.add_row("all", "", "", *(f"{n:,}" for n in totals), f"{sum(totals):,}", style="bold")
    return table


def _alternatives(recipe: Recipe) -> Table:
    table = Table(title="What --generate CONFIG would make instead of importing it", box=None)
    for name in ("config", "forgeries", "by", "model", "on a GPU", "services"):
        table.add_column(name, justify="right" if name == "forgeries" else "left", overflow="fold")
    for entry in recipe.forge:
        if entry.alternative is None:
            continue
        made = entry.generated()
        spec = entry_spec(made)
        costs = costs_of([spec], {0: made.count})
        cards = ", ".join(f"{hours:,.1f} h {card}" for card, hours in costs.gpu_hours.items())
        money = f"${costs.dollars:,.0f} (batch ${costs.batch_dollars:,.0f})"
        table.add_row(
            made.config_name,
            f"{made.count:,}",
            made.generator,
            spec.model,
            cards or ("unknown" if Need.GPU in spec.needs else "-"),
            money if costs.dollars else "-",
        )
    return table
