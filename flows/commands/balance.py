"""`counterfoil balance`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table as Printed

from curation.balance.filling import Progress, fill_quotas, level, level_sizes
from curation.balance.operations import ASKED, Evenness, Table, evenness_by_domain
from flows.balancing import of_recipe, of_run, of_set
from flows.commands.job_list_files import write_job_list
from flows.commands.recipe_file import open_recipe
from flows.run import open_run
from schemas.errors import CounterfoilError, StorageError
from schemas.job_list import JobList
from schemas.mask_sizes import SIZES, WHOLE
from schemas.recipe import Recipe
from storage.published import open_published

FILLS = ("quotas", "equal", "sizes")
"""What a job list can be made after; `--weight` makes "equal" follow weights."""


def run_balance(
    place: str,
    fill: str | None = None,
    weights: Sequence[str] = (),
    most: int | None = None,
    out: Path = Path(),
) -> None:
    """Print what there is by domain, operation, generator and size, and what the quotas lack.

    `place`: a recipe, a run folder or a published set. With `fill` ("quotas", "equal" or "sizes")
    a job list that fills it is written into the folder `out`, and the recipe with its entries
    behind its own. `weights`: "operation=number" or "domain/operation=number", for "equal".
    """
    if fill is not None and fill not in FILLS:
        raise CounterfoilError(f"--fill is one of {', '.join(FILLS)}, not {fill!r}")
    if weights and fill != "equal":
        raise CounterfoilError("--weight goes with --fill equal")
    name, recipe, table, progress = _look(place)
    console = Console()
    console.print(_counts(name, table))
    for domain, even in evenness_by_domain(table).items():
        print(_even(domain, even))
    if any(one.lacking or (one.pending and one.pending < one.asked) for one in progress):
        console.print(_lacking(progress))
    if fill is None:
        return
    if not progress:
        raise CounterfoilError(
            f"{place} does not say what its recipe asked for; name its recipe or its run folder"
        )
    if fill != "quotas" and any(one.ok and one.pending for one in progress):
        print("The run is not finished: build it first, or what is still to come is made twice.")
    jobs = _filled(fill, name, table, progress, weights, most)
    _write(console, jobs, recipe, out)


def _even(domain: str, even: Evenness) -> str:
    if even.operations == 1:
        return f"{domain}: {even.most} alone."
    spread = f"{even.most} has {even.ratio:.1f} times as many as {even.least}"
    return (
        f"{domain}: {even.operations} operations, as diverse as {even.effective:.1f} equally "
        f"frequent ones; {spread if even.ratio > 1 else 'all have as many'}."
    )


def _look(place: str) -> tuple[str, Recipe | None, Table, tuple[Progress, ...]]:
    """Name, recipe where it can be built again, counts, and progress."""
    if place.endswith((".yaml", ".yml")):
        recipe = open_recipe(Path(place), None)
        return recipe.name, recipe, *of_recipe(recipe)
    try:
        run = open_run(place)
        return run.recipe.name, run.recipe, *of_run(run)
    except (StorageError, ValidationError):
        # No run, one that was never planned, or one of an earlier version.
        published = open_published(place)
        return str(published.manifest.recipe["name"]), None, *of_set(published)


def _filled(
    fill: str,
    name: str,
    table: Table,
    progress: Sequence[Progress],
    weights: Sequence[str],
    most: int | None,
) -> JobList:
    if fill == "quotas":
        return fill_quotas(name, progress)
    if fill == "sizes":
        return level_sizes(name, table, progress)
    return level(name, table, progress, _weights(weights), most)


def _weights(given: Sequence[str]) -> dict[str, float]:
    weights = {}
    for one in given:
        named, _, number = one.partition("=")
        try:
            weights[named.strip()] = float(number)
        except ValueError:
            number = "nan"
        if not named.strip() or not 0 <= weights.get(named.strip(), math.nan) < math.inf:
            raise CounterfoilError(f"--weight is OPERATION=NUMBER, such as splice=2, not {one!r}")
    return weights


def _write(console: Console, jobs: JobList, recipe: Recipe | None, out: Path) -> None:
    remarks = jobs.remarks
    if not jobs.jobs:
        print("Nothing is lacking that could be asked for.")
    else:
        console.print(_wanted(jobs))
        remarks += write_job_list(jobs, recipe, out, jobs.name, "fill what was lacking")
    for remark in remarks:
        print(remark)


def _counts(name: str, table: Table) -> Printed:
    used = {cell.size for cell in table.cells}
    sizes = [size for size in (*(size for size, _ in SIZES), WHOLE, ASKED) if size in used]
    title = "what its quotas ask for" if used == {ASKED} else "forgeries by the share that changed"
    printed = Printed(title=f"{name}: {title}", box=None)
    for heading in ("domain", "operation", "generator"):
        printed.add_column(heading)
    for heading in (*sizes, "all"):
        printed.add_column(heading, justify="right")
    counts = table.by("domain", "operation", "generator", "size")
    for kind, total in table.by("domain", "operation", "generator").items():
        here = [counts.get((*kind, size), 0) for size in sizes]
        printed.add_row(*kind, *(f"{count:,}" if count else "·" for count in here), f"{total:,}")
    return printed


def _lacking(progress: Sequence[Progress]) -> Printed:
    printed = Printed(title="What the quotas lack", box=None)
    printed.add_column("forge", justify="right")
    for heading in ("operation", "generator"):
        printed.add_column(heading)
    for heading in ("asked", "there", "to come", "lacking"):
        printed.add_column(heading, justify="right")
    printed.add_column("why", overflow="fold")
    for one in progress:
        if one.lacking or one.pending:
            numbers = (one.asked, one.ok, one.pending, one.lacking)
            printed.add_row(
                f"[{one.index}]".replace("[", "\\["),
                one.operation,
                one.entry.generator,
                *(f"{number:,}" for number in numbers),
                one.why,
            )
    return printed


def _wanted(jobs: JobList) -> Printed:
    printed = Printed(title=f"What would fill it ({jobs.target})", box=None)
    for heading in ("operation", "generator", "domain"):
        printed.add_column(heading)
    printed.add_column("wanted", justify="right")
    printed.add_column("jobs", justify="right")
    printed.add_column("why", overflow="fold")
    for job in jobs.jobs:
        printed.add_row(
            job.operation or "",
            job.generator,
            "any" if job.domain is None else job.domain.value,
            "" if job.wanted is None else f"{job.wanted:,}",
            f"{job.count:,}",
            job.why,
        )
    return printed
