"""An export holds what the licences permit, says what it leaves out, and names people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.commands.export import run_export
from schemas.errors import CounterfoilError, StorageError
from storage.published import open_published
from tests.dataset_cards.made_set import made_set


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(made_set(tmp_path_factory.mktemp("made"), crops=1))


def lines(folder: Path) -> list[dict[str, str]]:
    return [
        json.loads(line)
        for path in sorted(folder.glob("questions_*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def test_only_what_is_permitted_is_written_and_the_rest_is_counted(
    made: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_export(made, str(tmp_path), "questions", ["CC0-1.0"])
    rows = {row["sample_id"]: row for row in open_published(made).table().to_pylist()}
    free = {sample_id for sample_id, row in rows.items() if row["licence"] == "CC0-1.0"}
    # The made set's generators have terms ("free") that name no licence.
    real = {sample_id for sample_id in free if rows[sample_id]["operation"] is None}
    assert {line["id"] for line in lines(tmp_path)} == real
    pictures = [path for path in (tmp_path / "images").rglob("*") if path.is_file()]
    assert len(pictures) == len(real)
    said = capsys.readouterr().out
    assert "left out: the licence is BSD-3-Clause (attribution needed)" in said
    assert "left out: the generator's terms are those of its service" in said
    credit = (tmp_path / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "Rachel Michetti" in credit
    assert "NASA" not in credit


def test_without_a_filter_everything_is_written_and_everybody_named(
    made: str, tmp_path: Path
) -> None:
    run_export(made, str(tmp_path), "questions")
    assert len(lines(tmp_path)) == open_published(made).table(("sample_id",)).num_rows
    assert "NASA" in (tmp_path / "ATTRIBUTION.md").read_text(encoding="utf-8")
    with pytest.raises(StorageError, match="choose an empty folder"):
        run_export(made, str(tmp_path), "questions", ["CC0-1.0"])


def test_a_filter_that_leaves_nothing_says_why(made: str, tmp_path: Path) -> None:
    with pytest.raises(CounterfoilError, match=r"leaves nothing over.*BSD-3-Clause"):
        run_export(made, str(tmp_path / "out"), "questions", ["ODbL-1.0"])
    assert not (tmp_path / "out").exists()
