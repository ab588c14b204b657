"""The command line: instant help, one message for what is wrong, and nothing written then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.run import Run
from schemas.errors import CounterfoilError, DatasetError, RecipeError
from tests.flows.small import TEXT


def run(*arguments: str) -> str:
    """What the command prints. Errors raised on purpose come out as they are."""
    result = CliRunner().invoke(app, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_help_imports_neither_torch_nor_prefect_nor_numpy() -> None:
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom flows.cli import app\n"
        "assert 'validate' in CliRunner().invoke(app, ['--help']).output\n"
        "heavy = {'torch', 'prefect', 'numpy', 'pydantic', 'datasets'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_base_install_has_no_torchvision() -> None:
    code = "import importlib.util as u, sys; sys.exit(u.find_spec('torchvision') is not None)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_wrong_recipe_gets_a_message_and_writes_nothing(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(TEXT.replace("splice, count: 4", "splice, cuont: 4"))
    before = sorted(tmp_path.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "build", str(recipe), "--out", str(tmp_path / "run")],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert "did you mean 'count'" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("wrong", "right", "words"),
    [
        ("generator: splice", "generator: splise", "Did you mean 'splice'"),
        ("method: telea", "metod: telea", "Option 'metod'"),
        ("operation: stamp", "operation: seal", "has no 'seal'"),
    ],
)
def test_generators_are_checked_before_anything_is_done(
    tmp_path: Path, wrong: str, right: str, words: str
) -> None:
    recipe = tmp_path / "recipe.yaml"
    assert wrong in TEXT
    recipe.write_text(TEXT.replace(wrong, right))
    with pytest.raises(RecipeError, match=words):
        run("plan", str(recipe))


def test_plan_counts_and_writes_nothing(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(TEXT)
    folder = os.getcwd()
    os.chdir(tmp_path)
    try:
        planned = json.loads(run("plan", str(recipe), "--json"))
        shown = run("plan", str(recipe))
    finally:
        os.chdir(folder)
    counts = {(row["operation"], row["split"]): row["count"] for row in planned["counts"]}
    assert sum(n for (operation, _), n in counts.items() if operation == "splice") == 4
    assert planned["estimate"]["disk_bytes"] > 1e6
    assert "of forging on one core" in shown
    assert [path.name for path in tmp_path.iterdir()] == ["recipe.yaml"]


def test_generators_are_listed_and_described() -> None:
    listed = json.loads(run("generators", "--json"))
    assert {"splice", "copy_move", "inpaint_remove", "document", "face_blend", "face_swap"} <= {
        one["name"] for one in listed
    }
    detail = run("generators", "inpaint_remove")
    assert "dilate" in detail
    assert "navier_stokes" in detail
    with pytest.raises(CounterfoilError, match="Did you mean 'splice'"):
        run("generators", "splicee")


def test_show_tells_everything_of_a_sample(built: Run, tmp_path: Path) -> None:
    from storage.published import open_published

    rows = open_published(str(built.folder)).table(("sample_id", "operation")).to_pylist()
    sample = next(row["sample_id"] for row in rows if row["operation"] == "splice")
    saved = tmp_path / "sample.png"
    shown = run("show", sample[:14], "--dataset", str(built.folder), "--save", str(saved))
    for words in (
        sample,
        "splice",
        "measured (informed): lighting",
        "together",
        "<CONCLUSION>",
        "donor",
    ):
        assert words in shown
    assert saved.stat().st_size > 10_000
    with pytest.raises(DatasetError, match="has no sample"):
        run("show", "job-nothing", "--dataset", str(built.folder))


def test_validate_says_that_all_is_well(built: Run) -> None:
    assert "keep every contract" in " ".join(run("validate", str(built.folder)).split())


def test_what_is_no_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no published set"):
        run("validate", str(tmp_path))


def test_the_card_is_drawn_anew_with_the_same_bytes(built: Run) -> None:
    from tests.flows.small import file_hashes

    before = file_hashes(built)
    run("card", str(built.folder))
    assert file_hashes(built) == before


def test_the_schema_is_json_and_knows_the_fields(tmp_path: Path) -> None:
    out = tmp_path / "schema.json"
    run("recipe-schema", "--out", str(out))
    assert "part_size" in json.loads(out.read_text())["properties"]
