"""Mining writes a job list that its recipe plans and builds, and says what it cannot do."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.mining.answers import COLUMNS, PREDICTIONS
from flows.commands.mine import run_mine
from flows.mining import makers_of, run_of
from flows.run import Run, start_run
from flows.stages import sources
from flows.stages.plan import make_plan
from schemas.errors import DatasetError
from schemas.job_list import parse_job_list
from schemas.recipe.reading import parse_recipe
from storage.published import open_published
from tests.flows.small import build_plainly


def evaluated(run: Run, folder: Path, missed: tuple[str, ...]) -> Path:
    """An evaluation in which all forgeries of some operations are missed."""
    rows = open_published(str(run.folder)).table(["sample_id", "operation"]).to_pylist()
    plain = [
        {
            "sample_id": row["sample_id"],
            "label": int(row["operation"] is not None),
            "perturbation": "",
            "level": None,
            "answer": int(row["operation"] is not None and row["operation"] not in missed),
            "mask_iou": None,
        }
        for row in rows
    ]
    folder.mkdir()
    pq.write_table(pa.Table.from_pylist(plain).select(list(COLUMNS)), folder / PREDICTIONS)
    return folder


def test_what_is_mined_is_a_recipe_that_plans_and_builds_from_training_sources(
    built: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluation = evaluated(built, tmp_path / "detector", ("splice", "text_replace"))
    run_mine(evaluation, str(built.folder), 12, tmp_path)
    said = " ".join(capsys.readouterr().out.split())
    assert "What to make more of" in said
    assert "is no test any more" in said
    wanted = parse_job_list((tmp_path / "small.mined.jobs.yaml").read_text(), "jobs")
    assert wanted.target == "failures"
    assert sum(job.count for job in wanted.jobs) == 12
    assert {job.operation for job in wanted.jobs} <= {"splice", "text_replace"}
    recipe = parse_recipe((tmp_path / "small.mined.filled.yaml").read_text(), "filled")
    before = len(built.recipe.forge)
    assert recipe.forge[:before] == built.recipe.forge
    assert recipe.forge[before:] == wanted.forge_entries()
    light = [
        (part, row)
        for part in range(len(sources.chunks(built)))
        for row in built.part(sources.NAME, part).read(sources.TABLE, sources.LIGHT).to_pylist()
    ]
    planned = make_plan(recipe, light).jobs.to_pylist()
    new = [row for row in planned if row["entry"] >= before]
    assert len(new) == 12
    assert {(row["reason"], row["split"]) for row in new} == {(None, "train")}
    report = (tmp_path / "mined.md").read_text()
    assert "mined.png" in report
    assert "made by" in report
    assert (tmp_path / "mined.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_mined_recipe_builds(built: Run, tmp_path: Path) -> None:
    evaluation = evaluated(built, tmp_path / "detector", ("splice",))
    run_mine(evaluation, str(built.folder), 4, tmp_path)
    recipe = parse_recipe((tmp_path / "small.mined.filled.yaml").read_text(), "filled")
    folder = str(tmp_path / "again")
    start_run(folder, recipe)
    rows = open_published(str(build_plainly(folder).folder)).table(["operation"])
    assert rows["operation"].to_pylist().count("splice") > 4


def test_equal_inputs_give_equal_files(built: Run, tmp_path: Path) -> None:
    evaluation = evaluated(built, tmp_path / "detector", ("splice",))
    names = ("small.mined.jobs.yaml", "small.mined.filled.yaml", "mined.md", "mined.png")
    made = []
    for out in (tmp_path / "one", tmp_path / "two"):
        run_mine(evaluation, str(built.folder), 15, out)
        made.append([(out / name).read_bytes() for name in names])
    assert made[0] == made[1]


def test_entries_are_known_by_what_they_take(built: Run) -> None:
    published = open_published(str(built.folder))
    run = run_of(published)
    assert run is not None
    sized = {maker.operation: maker.sized for maker in makers_of(published, run)}
    assert sized == {maker.operation: maker.sized for maker in makers_of(published, None)}
    assert (sized["splice"], sized["copy_move"]) == ("option", "option")
    assert (sized["inpaint_remove"], sized["stamp"]) == ("mask", "")


def test_a_detector_without_failures_gets_nothing(
    built: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_mine(evaluated(built, tmp_path / "detector", ()), str(built.folder), 9, tmp_path / "out")
    assert "It fails on none of" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


def test_errors_say_what_to_name(built: Run, tmp_path: Path) -> None:
    place = str(built.folder)
    with pytest.raises(DatasetError, match="counterfoil evaluate"):
        run_mine(tmp_path, place, 9, tmp_path)
    folder = evaluated(built, tmp_path / "detector", ("splice",))
    with pytest.raises(DatasetError, match="one detector in it: detector"):
        run_mine(tmp_path, place, 9, tmp_path)
    table = pq.read_table(folder / PREDICTIONS)
    names = pa.array([f"other-{n}" for n in range(table.num_rows)])
    pq.write_table(table.set_column(0, "sample_id", names), folder / PREDICTIONS)
    with pytest.raises(DatasetError, match="other-0 among them; name the set"):
        run_mine(folder, place, 9, tmp_path)
    pq.write_table(table.drop_columns(["answer"]), folder / PREDICTIONS)
    with pytest.raises(DatasetError, match="no column answer"):
        run_mine(folder, place, 9, tmp_path)
