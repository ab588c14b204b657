"""A job list fills what a run lacks, and its recipe leaves what was made as it is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from flows.balancing import of_recipe, of_run, of_set, with_jobs
from flows.commands.balance import run_balance
from flows.run import Run
from flows.stages import sources
from flows.stages.plan import make_plan, read_plan
from schemas.errors import CounterfoilError
from schemas.job_list import JobList, WantedJobs, parse_job_list
from schemas.recipe import Recipe
from schemas.recipe.reading import parse_recipe
from schemas.vocabulary import Domain
from storage.published import open_published
from tests.flows.small import small_recipe


def planned(run: Run, recipe: Recipe) -> list[dict[str, Any]]:
    parts = range(len(sources.chunks(run)))
    rows = [
        (part, row)
        for part in parts
        for row in run.part(sources.NAME, part).read(sources.TABLE, sources.LIGHT).to_pylist()
    ]
    found: list[dict[str, Any]] = make_plan(recipe, rows).jobs.to_pylist()
    return found


def jobs(*wanted: WantedJobs) -> JobList:
    return JobList(name="small", jobs=wanted)


def test_entries_that_are_added_behind_leave_every_earlier_job_as_it_is(built: Run) -> None:
    wanted = jobs(
        WantedJobs(generator="copy_move", count=5, options={"flip": 0.0}),
        WantedJobs(generator="document", operation="text_remove", count=4),
    )
    recipe, remarks = with_jobs(built.recipe, wanted)
    assert not remarks
    before, after = read_plan(built).jobs.to_pylist(), planned(built, recipe)
    entries = len(built.recipe.forge)
    # The whole rows, parts included: so their parts are found done, and nothing is made twice.
    assert [row for row in after if row["entry"] < entries] == before
    new = [row for row in after if row["entry"] >= entries]
    assert {row["reason"] for row in new} == {None}
    assert Counter(row["operation"] for row in new) == {"copy_move": 5, "text_remove": 4}
    assert min(row["part"] for row in new) > max(row["part"] or 0 for row in before)
    ids = [row["job_id"] for row in after if row["job_id"]]
    assert len(set(ids)) == len(ids)


def test_more_of_what_an_entry_makes_already_gets_ids_of_its_own(built: Run) -> None:
    recipe, _ = with_jobs(built.recipe, jobs(WantedJobs(generator="copy_move", count=40)))
    ids = [row["job_id"] for row in planned(built, recipe) if row["job_id"]]
    assert len(set(ids)) == len(ids)


def test_a_domain_is_asked_for_by_the_names_of_its_sources() -> None:
    named = small_recipe().model_dump(mode="json")
    wanted = jobs(
        WantedJobs(generator="diffusion_reconstruct", domain=Domain.DOCUMENT, count=2),
    )
    recipe, remarks = with_jobs(Recipe.model_validate(named), wanted)
    assert recipe.forge[-1].sources == ()
    assert "may fall into any domain" in remarks[0]
    named["sources"][2]["name"] = "pages"
    recipe, remarks = with_jobs(Recipe.model_validate(named), wanted)
    assert recipe.forge[-1].sources == ("pages",)
    assert not remarks


def test_progress_adds_up_in_a_run_a_set_and_a_recipe(built: Run) -> None:
    recipe = built.recipe
    for _, progress in (of_run(built), of_set(open_published(str(built.folder)))):
        assert [one.asked for one in progress] == [entry.count for entry in recipe.forge]
        for one in progress:
            assert one.ok + one.pending + sum(one.reasons.values()) == one.asked
    made, progress = of_run(built)
    assert sum(made.cells.values()) == sum(one.ok for one in progress) > 0
    assert made.cells == of_set(open_published(str(built.folder)))[0].cells
    asked, _ = of_recipe(recipe)
    assert sum(asked.cells.values()) == sum(entry.count for entry in recipe.forge)


def test_the_command_writes_a_job_list_and_a_recipe_that_reads_back(
    built: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_balance(str(built.folder), "equal", ["splice=2"], out=tmp_path)
    said = capsys.readouterr().out
    assert "equally frequent ones" in said
    wanted = parse_job_list((tmp_path / "small.jobs.yaml").read_text(), "small.jobs.yaml")
    assert wanted.target == "weights"
    recipe = parse_recipe((tmp_path / "small.filled.yaml").read_text(), "small.filled.yaml")
    before = len(built.recipe.forge)
    assert recipe.forge[:before] == built.recipe.forge
    assert recipe.forge[before:] == wanted.forge_entries()
    assert recipe.model_copy(update={"forge": built.recipe.forge}) == built.recipe


def test_nothing_is_written_where_nothing_is_asked_for(
    built: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_balance(str(built.folder), out=tmp_path)
    assert "splice" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
    with pytest.raises(CounterfoilError, match="--fill is one of"):
        run_balance(str(built.folder), "all", out=tmp_path)
    with pytest.raises(CounterfoilError, match="OPERATION=NUMBER"):
        run_balance(str(built.folder), "equal", ["splice"], out=tmp_path)
    with pytest.raises(CounterfoilError, match="--weight goes with"):
        run_balance(str(built.folder), "quotas", ["splice=2"], out=tmp_path)
