"""`counterfoil build`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

from endpoints.asked import chat_model
from endpoints.client import client_for
from flows.commands.recipe_file import open_recipe
from flows.prefect_settings import apply_defaults
from flows.run import Run, default_folder, locked, start_run
from flows.stages import select
from flows.summary import counts_table
from schemas.errors import CounterfoilError
from schemas.recipe import Recipe
from storage.published import PublishedSet, open_published


def run_build(
    path: Path,
    out: str | None,
    photos: str | None,
    generate: list[str],
    runner: str,
    workers: int | None,
    budget: float | None,
) -> None:
    """Build the recipe in `path` and say what came of it."""
    began = time.monotonic()
    recipe = with_budget(open_recipe(path, photos, generate), budget)
    folder = out or default_folder(recipe)
    run_flow("build", recipe, folder, runner, workers)
    _report(open_published(folder), folder, time.monotonic() - began)


def with_budget(recipe: Recipe, budget: float | None) -> Recipe:
    """The recipe, with this budget where one is given."""
    return recipe if budget is None else recipe.model_copy(update={"budget": budget})


def run_flow(
    name: Literal["build", "annotate"],
    recipe: Recipe,
    folder: str,
    runner: str,
    workers: int | None,
) -> None:
    """Run one of the flows of `flows.build` on a recipe in a folder."""
    apply_defaults()
    console = Console(stderr=True)
    with locked(folder):
        check_raters(start_run(folder, recipe))
        with console.status("Starting Prefect …"):
            from flows import build as flows
            from flows.task_runners import Runner, task_runner

        try:
            chosen = Runner(runner)
        except ValueError as error:
            known = ", ".join(kind.value for kind in Runner)
            raise CounterfoilError(f"--runner is one of {known}, not {runner!r}") from error
        flow = flows.build if name == "build" else flows.annotate
        flow.with_options(task_runner=task_runner(chosen, workers))(folder)


def check_raters(run: Run) -> None:
    """Find out before hours of forging, and not after them, that a rater cannot be asked."""
    annotation = run.recipe.annotation
    asked = [*annotation.mllm, *([annotation.judge] if annotation.judge else [])]
    if run.part(select.NAME).manifest() is None:
        for model in asked:
            client_for(chat_model(model).endpoint)


def _report(published: PublishedSet, folder: str, seconds: float) -> None:
    console = Console()
    table = Table(title=f"{published.manifest.recipe['name']}: what is in the set", box=None)
    for name in ("domain", "operation"):
        table.add_column(name)
    for name in ("pictures", "of which test"):
        table.add_column(name, justify="right")
    total = 0
    for domain, operation, count, test in counts_table(published):
        table.add_row(domain, operation, str(count), str(test))
        total += count
    console.print(table)
    failed = sum(stage.failed for stage in published.manifest.stages)
    audit = published.manifest.audit
    console.print(f"{total} pictures in {published.folder} after {seconds:.0f} s.", highlight=False)
    console.print(f"Shortcut audit: AUC {audit.auc:.2f}.", highlight=False)
    if failed:
        console.print(f"{failed} jobs failed; run the same command again to try them once more.")
    console.print(
        f"Look at {published.folder}/README.md, or check it: counterfoil validate {folder}"
    )
