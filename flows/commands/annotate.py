"""`counterfoil annotate`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from flows.commands.asking_table import asking_table
from flows.commands.build import run_flow, with_budget
from flows.commands.plan import by_split, forecast
from flows.commands.recipe_file import open_recipe
from flows.rating_forecast import forecast_rating
from flows.run import Run, default_folder, open_run
from flows.stages import rate, select, weigh
from schemas.errors import StorageError
from schemas.recipe import Recipe
from schemas.vocabulary import Status


def run_annotate(
    path: Path,
    out: str | None,
    photos: str | None,
    generate: list[str],
    budget: float | None,
    dry_run: bool,
    runner: str,
    workers: int | None,
) -> None:
    """Let the raters judge, or say what that would cost."""
    recipe = with_budget(open_recipe(path, photos, generate), budget)
    folder = out or default_folder(recipe)
    if dry_run:
        _print_forecast(recipe, folder)
        return
    run_flow("annotate", recipe, folder, runner, workers)
    _report(open_run(folder), folder)


def _print_forecast(recipe: Recipe, folder: str) -> None:
    console = Console()
    run = _made(recipe, folder)
    counts: Counter[str] = Counter()
    if run is not None:
        counts.update(row["split"] for row in select.read_samples(run))
    else:
        counts = by_split(forecast(recipe, None, Console(stderr=True)))
        console.print(
            "The pictures are not made yet: reckoned with 512 by 512 pixels each.", highlight=False
        )
    asked = forecast_rating(recipe, counts, run)
    if not asked:
        console.print("The recipe names no language model, so nothing would be asked.")
        return
    console.print(asking_table(asked))
    console.print("Nothing was asked. Estimates lie rather above than below.", highlight=False)


def _made(recipe: Recipe, folder: str) -> Run | None:
    """The run, where its pictures are made; they may be those of an earlier state of the recipe."""
    try:
        known = open_run(folder)
    except (StorageError, OSError):
        return None
    run = Run(known.folder, recipe)
    return None if run.part(select.NAME).manifest() is None else run


def _report(run: Run, folder: str) -> None:
    """Say what came of each rater."""
    console = Console()
    table = Table(box=None)
    table.add_column("rater")
    for name in ("asked", "judged", "left out", "dollars"):
        table.add_column(name, justify="right")
    by_rater: dict[str, list[tuple[str, str | None, float]]] = {}
    for part in range(len(rate.stretches(run))):
        for row in run.part(rate.NAME, part).read(rate.OUTCOMES).to_pylist():
            outcome = (row["status"], row["reason"], row["dollars"] or 0.0)
            by_rater.setdefault(row["rater"], []).append(outcome)
    for rater, outcomes in by_rater.items():
        reasons = Counter(reason for status, reason, _ in outcomes if status != Status.OK)
        table.add_row(
            rater,
            f"{len(outcomes):,}",
            f"{len(outcomes) - reasons.total():,}",
            ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common()) or "0",
            f"${sum(dollars for _, _, dollars in outcomes):,.2f}",
        )
    if by_rater:
        console.print(table)
    agreement, _ = weigh.read_reports(run)
    whole = agreement.find("all/all", "whole")
    if whole is not None and whole.alpha is not None:
        console.print(
            f"Krippendorff's α of all raters on the picture as a whole: {whole.alpha.value:.2f}.",
            highlight=False,
        )
    console.print(f"Next: counterfoil build publishes it, counterfoil review up {folder}")
