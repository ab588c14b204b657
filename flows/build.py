"""The Prefect flow that builds a recipe: one task a part, in the order of the road.

Tasks take a run folder, a stage's name and a part's number, and give back counts; pictures never
pass through Prefect. What is done stands in the parts' manifests, not in Prefect's cache: a part
that is done ends at once in a state named Skipped.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from prefect import flow, task
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    update_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture, as_completed
from prefect.states import Completed

from flows.account import BUDGET_REACHED
from flows.progress import BuildProgress
from flows.road import ANNOTATE, ROAD, STAGES, Step
from flows.run import Run, open_run
from flows.stages.assemble import assemble
from flows.stages.stage import Stage, make_part
from flows.summary import summary_markdown
from schemas.errors import BudgetReached
from storage.parts import Counts, drop_stale_parts


@task(name="make part", task_run_name="{stage}-{index}", cache_policy=NO_CACHE, log_prints=False)
def make_part_task(folder: str, stage: str, index: int) -> Any:
    """Make one part of a stage. The result is its counts as a dictionary."""
    made = make_part(STAGES[stage], open_run(folder), index)
    counts = asdict(made.manifest.counts)
    if made.skipped:
        return Completed(name="Skipped", message="done by an earlier run", data=counts)
    return counts


@task(name="assemble", cache_policy=NO_CACHE)
def assemble_task(folder: str) -> str:
    """Audit, card, figures and manifest around the finished shards. The result is their folder."""
    return str(assemble(open_run(folder)).folder)


@flow(name="annotate")
def annotate(folder: str) -> dict[str, float]:
    """Take the run in `folder` as far as judgements, and publish nothing."""
    run = open_run(folder)
    last = [step.name for step in ROAD].index(ANNOTATE)
    with BuildProgress() as progress:
        _run_steps(run, folder, ROAD[: last + 1], progress)
    return progress.seconds


@flow(name="build")
def build(folder: str) -> dict[str, float]:
    """Build the run in `folder`, begun by `flows.run.start_run`. The result: seconds by step."""
    run = open_run(folder)
    with BuildProgress() as progress:
        _run_steps(run, folder, ROAD, progress)
        progress.start("assemble", 1)
        published = assemble_task(folder)
        progress.advance("assemble", Counts(1, 1))
        progress.finish("assemble")
    create_markdown_artifact(
        key="build-summary", markdown=summary_markdown(published), description="What was built"
    )
    return progress.seconds


def _run_steps(run: Run, folder: str, steps: tuple[Step, ...], progress: BuildProgress) -> None:
    for step in steps:
        if any(stage.count(run) for stage in step.stages):
            _run_step(run, folder, step, progress)


def _run_step(run: Run, folder: str, step: Step, progress: BuildProgress) -> None:
    artifact = create_progress_artifact(0.0, key=f"{step.name}-progress", description=step.name)
    assert isinstance(artifact, UUID), "called from a synchronous flow, it is no coroutine"
    for number, stage in enumerate(step.stages):
        parts = stage.count(run)
        drop_stale_parts(run.parts, stage.name, parts)
        progress.start(step.name, parts)
        total = Counts()
        for done, counts in enumerate(_run_stage(folder, stage, parts), start=1):
            total += counts
            # The stages of a step show different counts; those of its parts are told apart there.
            progress.advance(step.name, counts if number == 0 else Counts())
            share = (number + done / parts) / len(step.stages)
            update_progress_artifact(artifact, round(100 * share, 1))
        if unpaid := total.reasons.get(BUDGET_REACHED):
            raise BudgetReached(
                f"The budget of ${run.recipe.budget:,.2f} is spent and {unpaid} jobs are left. "
                "What was paid for is kept: raise `budget` in the recipe and build again to go on."
            )
    progress.finish(step.name)


def _run_stage(folder: str, stage: Stage, parts: int) -> Any:
    futures: list[PrefectFuture[Any]] = [
        make_part_task.submit(folder, stage.name, index) for index in range(parts)
    ]
    for future in as_completed(futures):
        yield Counts(**future.result())
