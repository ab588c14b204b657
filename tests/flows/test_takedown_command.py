"""A takedown says what goes with a picture, and keeps it out of later builds by its looks too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curation.takedown.listing import read_tombstones
from curation.takedown.matching import derived, taken_down
from flows.commands.takedown import run_takedown
from flows.run import Run
from schemas.errors import DatasetError
from storage.published import open_published


def rows_of(run: Run) -> list[dict[str, Any]]:
    columns = ("sample_id", "operation", "source_id", "second_source_id", "twin_of", "parameters",
               "fingerprint")  # fmt: skip
    rows: list[dict[str, Any]] = open_published(str(run.folder)).table(columns).to_pylist()
    for row in rows:
        row["origin"] = json.loads(row["parameters"]).get("origin")
    return rows


@pytest.mark.parametrize("place", ["", "dataset"])
def test_a_real_picture_goes_with_its_file_and_what_was_made_from_it(
    built: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    rows = rows_of(built)
    splice = next(row for row in rows if row["operation"] == "splice")
    source = next(row for row in rows if row["sample_id"] == splice["source_id"])
    path = str(tmp_path / "gone.jsonl")
    where = str(built.folder / place) if place else str(built.folder)
    run_takedown(path, where, [source["sample_id"]], "the author asked", "her", "2026-01-02")
    said = capsys.readouterr().out
    assert f"cut from {source['origin']}" in said
    tombstones = read_tombstones(path)
    real = [row for row in rows if row["operation"] is None]
    gone = taken_down(real, tombstones)
    assert set(gone) == {row["sample_id"] for row in real if row["origin"] == source["origin"]}
    assert gone[source["sample_id"]].endswith("the author asked (2026-01-02)")
    # A copy under another name and id is known by its looks.
    copies = [{"source_id": "other", "fingerprint": source["fingerprint"]}]
    assert "a copy" in taken_down(copies, tombstones)["other"]
    made = derived(rows, gone)
    assert splice["sample_id"] in made
    assert f"{len(made):,} more were made from it" in said
    again = len(tombstones)
    run_takedown(path, where, [source["sample_id"]], "once more")
    assert len(read_tombstones(path)) == again
    assert f"{again} stood there before" in capsys.readouterr().out


def test_a_forgery_goes_alone(
    built: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = rows_of(built)
    stamp = next(row for row in rows if row["operation"] == "stamp")
    path = str(tmp_path / "gone.jsonl")
    run_takedown(path, str(built.folder), [stamp["sample_id"][:16]], "a real name is on it")
    assert f"name {stamp['source_id']} to take down" in capsys.readouterr().out
    assert set(taken_down(rows, read_tombstones(path), "sample_id")) == {stamp["sample_id"]}


def test_a_dry_run_writes_nothing_and_an_unknown_id_is_an_error(built: Run, tmp_path: Path) -> None:
    path = tmp_path / "gone.jsonl"
    known = rows_of(built)[0]["sample_id"]
    run_takedown(str(path), str(built.folder), [known], "asked", dry_run=True)
    assert not path.exists()
    with pytest.raises(DatasetError, match="has no picture"):
        run_takedown(str(path), str(built.folder), ["nobody"], "asked")
    with pytest.raises(DatasetError, match="begins"):
        run_takedown(str(path), str(built.folder), ["job-"], "asked")
