"""`counterfoil evaluate` measures what it is given, says where all lies, and what is wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from detector.baselines.registry import BASELINES
from detector.evaluation.contract import Predictor, TestPicture
from flows.cli import app
from schemas.errors import CounterfoilError, DatasetError, StorageError
from storage.published import PublishedSet
from tests.detector.evaluation.sets import Bright, published_set
from tests.detector.layouts import trees


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> PublishedSet:
    return published_set(tmp_path_factory.mktemp("runs") / "tiny" / "dataset")


@pytest.fixture
def bright(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of a detector that is not read, but stands for one that looks at brightness."""
    folder = tmp_path / "bright"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    monkeypatch.setattr("flows.commands.evaluate.SavedDetector", lambda folder, name: Bright())
    return folder


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Baselines that are fitted by noting that they were, on how many pictures."""
    notes: list[str] = []

    def fit(spec: str, train: Callable[[], Iterator[TestPicture]], **_: object) -> Predictor:
        notes.append(f"{spec} on {sum(1 for _ in train())}")
        return Bright(texts=False)

    monkeypatch.setattr("flows.commands.evaluate.fit_baseline", fit)
    return notes


def call(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["evaluate", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_detector_and_a_baseline_are_measured_side_by_side(
    published: PublishedSet,
    bright: Path,
    fitted: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "out"
    wanted = (published.folder, "--detector", bright, "--baseline", "side_information")
    said = call(*wanted, "--perturbation", "saturation", "--paper", "--out", out)
    assert "tiny, test: 24 pictures" in said
    assert fitted == ["side_information on 48"]
    for name in ("bright", "side_information"):
        assert (out / name / "report.md").is_file()
        assert str(out / name / "report.md") in said.replace("\n", "")
        answers = pq.read_table(out / name / "predictions.parquet")
        assert len(answers) == 24 * 5
    report = json.loads((out / "bright" / "report.json").read_text())
    assert (report["dataset"], report["split"], report["paper"]["kept"]) == ("tiny", "test", 24)
    page = (out / "comparison.md").read_text()
    assert "side_information (baseline)" in page
    assert "Ahead of the best baseline" in page
    # All is there: nobody is fitted or asked again.
    monkeypatch.setattr("flows.commands.evaluate.write_evaluation", lambda *_: None)
    assert "tiny, test" in call(*wanted, "--perturbation", "saturation", "--out", out)
    assert len(fitted) == 1


def test_a_benchmark_is_measured_with_baselines_of_another_set(
    published: PublishedSet, fitted: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = trees.mmfr(tmp_path / "unpacked")
    arguments = (folder, "--baseline", "npr")
    with pytest.raises(DatasetError, match="--fit-on"):
        call(*arguments)
    said = call(*arguments, "--fit-on", published.folder, "--limit", 2)
    assert "2 pictures" in said
    assert fitted == ["npr on 48"]
    assert (tmp_path / "evaluations" / "mmfr" / "npr" / "report.md").is_file()


def test_pictures_that_cannot_be_had_are_named(
    fitted: list[str], published: PublishedSet, tmp_path: Path
) -> None:
    folder = trees.mmfr(tmp_path / "unpacked")
    next(one for one in sorted(folder.rglob("*.png")) if "evaluation" in str(one)).unlink()
    out = tmp_path / "out"
    said = call(folder, "--baseline", "npr", "--fit-on", published.folder, "--out", out)
    assert "1 more cannot be had" in said
    report = json.loads((out / "npr" / "report.json").read_text())
    assert len(report["unreadable"]) == 1


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ((), CounterfoilError, "nothing to measure: name a trained detector's folder"),
        (("--baseline", "magic"), CounterfoilError, "no baseline 'magic'; known: side_info"),
        (("--baseline", "unifd"), CounterfoilError, "write unifd=CHECKPOINT"),
        (("--baseline", "npr=huge"), CounterfoilError, "npr takes no 'huge'"),
        (("--baseline", "npr", "--split", "dev"), DatasetError, "it has train, test"),
        (("--baseline", "npr", "--config", "hard"), DatasetError, "it has default"),
        (("--detector", "nowhere"), CounterfoilError, "counterfoil train RECIPE"),
        (("--baseline", "npr", "--perturbation", "x"), DatasetError, "known are jpeg"),
        (("--baseline", "npr", "--benchmark", "loki"), StorageError, "does not hold loki"),
        (("--baseline", "npr", "--benchmark", "x"), StorageError, "known are mmfr"),
    ],
)
def test_mistakes_are_answered_with_what_to_do(
    published: PublishedSet, arguments: tuple[str, ...], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        call(published.folder, *arguments)


def test_help_names_every_baseline() -> None:
    said = CliRunner().invoke(app, ["evaluate", "--help"], env={"COLUMNS": "200"}).output
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    assert all(one.usage in plain for one in BASELINES.values())


def test_what_is_no_set_is_told_what_it_could_be(tmp_path: Path, bright: Path) -> None:
    with pytest.raises(StorageError, match="no published set"):
        call(tmp_path, "--detector", bright)
    with pytest.raises(CounterfoilError, match="are called bright"):
        call(published_set(tmp_path / "set").folder, "--detector", bright, "--detector", bright)


def test_a_set_without_a_training_split_asks_for_another(tmp_path: Path) -> None:
    published = published_set(tmp_path / "set", {"test": 6})
    with pytest.raises(DatasetError, match="--fit-on"):
        call(published.folder, "--baseline", "npr")


def test_torch_is_not_imported_before_it_is_needed() -> None:
    code = (
        "import sys, flows.commands.evaluate;"
        "print(sorted({'torch', 'transformers', 'nltk', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    assert done.stdout.strip() == "[]"
