"""The two studies as they are run: from a published set to tables, pictures and sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner
from upath import UPath

from flows.cli import app
from flows.commands.measured_set import set_name
from flows.commands.studies import run_scaling, run_transfer
from schemas.errors import CounterfoilError, DatasetError
from storage.published import PublishedSet, open_published
from tests.detector.probes.conftest import write_set


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> PublishedSet:
    return write_set(UPath(tmp_path_factory.mktemp("traced")))


def test_both_studies_find_the_planted_traces_and_share_features(
    traced: PublishedSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_transfer(str(traced.folder), seeds=2, out=tmp_path)
    said = capsys.readouterr().out
    assert "Transfer by operation" in said
    assert "transfer.png" in said
    plain = json.loads((tmp_path / "transfer.json").read_text())
    cells = {(row["learnt_from"], row["tried_on"]): row["auc"] for row in plain["cells"]}
    assert cells["splice", "splice"] > 0.95
    assert cells["splice", "field_copy_move"] > 0.95
    assert cells["field_copy_move", "splice"] > 0.95
    assert cells["text_insert", "text_insert"] > 0.95
    assert cells["splice", "field_copy_move"] > cells["text_insert", "field_copy_move"]
    assert plain["mechanism_over_domain"]["auc_difference"] > 0
    table = pq.read_table(tmp_path / "transfer.parquet")
    assert table.num_rows == len(plain["cells"])
    assert "![" in (tmp_path / "transfer.md").read_text()
    assert (tmp_path / "transfer.png").read_bytes().startswith(b"\x89PNG")
    pieces = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")}
    assert pieces
    run_scaling(str(traced.folder), seeds=2, out=tmp_path)
    assert "Scaling in" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npy")} == pieces
    curves = json.loads((tmp_path / "scaling.json").read_text())["curves"]
    assert [curve["value"] for curve in curves] == ["document", "natural", "all"]
    assert curves[-1]["points"][-1]["balanced_accuracy_error"] < 0.2
    assert (tmp_path / "scaling.png").read_bytes().startswith(b"\x89PNG")


def test_all_pictures_are_learnt_from_where_that_is_wanted(
    traced: PublishedSet, tmp_path: Path
) -> None:
    said, sizes = [], []
    for flags in ([], ["--equal"], ["--all-pictures"]):
        out = tmp_path / "-".join(["out", *flags])
        arguments = ["transfer", str(traced.folder), "--by", "domain", "--seeds", "1", *flags]
        done = CliRunner().invoke(app, [*arguments, "--out", str(out)])
        assert done.exit_code == 0, done.output
        said.append(" ".join(done.stdout.split("→")[0].split()))
        plain = json.loads((out / "transfer.json").read_text())
        sizes.append(
            {cell["learnt_from"]: cell["forgeries_learnt"] for cell in plain["cells"]}
            | {"size": plain["forgeries_per_row"]}
        )
    assert sizes[0] == sizes[1]
    assert said[0] == said[1]
    assert sizes[0]["document"] == sizes[0]["natural"] == sizes[0]["size"] == sizes[0]["all"]
    assert sizes[2]["document"] == 2 * sizes[2]["natural"]
    assert sizes[2]["all"] == sizes[0]["everything"] == 3 * sizes[2]["natural"]
    assert sizes[2]["size"] is None
    assert "from all but it everything" in said[0]
    assert "learnt from all pictures" in said[2]
    assert "from all but it all" in said[2]


def test_errors_say_what_to_do(
    traced: PublishedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = str(traced.folder)
    with pytest.raises(CounterfoilError, match="operation, domain, generator"):
        run_transfer(folder, by="colour")
    with pytest.raises(CounterfoilError, match="residuals, clip:CHECKPOINT"):
        run_transfer(folder, features="nothing")
    with pytest.raises(DatasetError, match="no train split in config 'flux'"):
        run_scaling(folder, config="flux")
    half = write_set(UPath(tmp_path / "half"), ("train",))
    with pytest.raises(DatasetError, match=r"no test split .* `splits:`"):
        run_transfer(str(half.folder))
    assert not (tmp_path / "studies").exists()


def test_a_set_is_called_after_its_run(tmp_path: Path) -> None:
    for place, name in (("run/dataset", "run"), ("alone", "alone")):
        folder = tmp_path / place
        write_set(UPath(folder), ("test",))
        assert set_name(open_published(str(folder))) == name
    assert set_name(open_published(str(tmp_path / "run"))) == "run"
