"""`counterfoil fingerprint` and `counterfoil contamination`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from upath import UPath

from curation.contamination.hash_lists import read_hash_list
from curation.fingerprints.files import fingerprint_file
from flows.commands.contamination import run_contamination
from flows.commands.fingerprint import run_fingerprint
from schemas.errors import CounterfoilError, DatasetError, StorageError
from tests.flows.duplicates.albums import album, jpeg, png, small, write


def test_a_hash_list_holds_every_fingerprint_and_counts_the_unreadable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = album(tmp_path / "coco"), tmp_path / "lists" / "coco-val.parquet"
    run_fingerprint(str(folder), str(out), orientations=True, crops=True)
    found = read_hash_list(UPath(out))
    assert (found.name, len(found), found.unreadable) == ("coco-val", 7, 2)
    assert found.made_by.startswith("counterfoil ")
    for key, value in zip(found.keys.to_pylist(), found.fingerprints.tolist(), strict=True):
        assert fingerprint_file((folder / key).read_bytes()) == value
    assert found.orientations is not None
    assert (found.orientations[:, 0] == found.fingerprints).all()
    assert found.sizes is not None
    assert found.sizes[0].tolist() == [256, 256]
    assert found.tiles is not None
    assert [path.name for path in out.parent.rglob("*") if path.is_file()] == [out.name]
    captured = capsys.readouterr()
    assert "7 fingerprints in" in captured.out
    assert "2 could not be read" in captured.err
    with pytest.raises(CounterfoilError, match=r"ends in \.parquet"):
        run_fingerprint(str(folder), str(tmp_path / "list.csv"))


def test_pictures_of_benchmarks_are_counted_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = small("astronaut")
    ours = {"a.jpg": jpeg(shown, 70), "b.png": png(small("rocket")), "broken.png": b"x"}
    own = write(tmp_path / "own", ours)
    coco = write(tmp_path / "coco", {"1.png": png(shown), "2.png": png(small("coffee"))})
    turned = write(tmp_path / "turned", {"3.png": png(np.flipud(small("rocket")))})
    run_fingerprint(str(turned), str(tmp_path / "casia.parquet"), orientations=True)
    against = [str(coco), str(tmp_path / "casia.parquet")]
    out = tmp_path / "out"
    run_contamination(str(own), against, out=str(out))
    said = capsys.readouterr().out
    assert "2 of 2 pictures stand in a benchmark" in said
    assert "1 could not be read and were not compared" in said
    rows = pq.read_table(out / "contamination.parquet").to_pylist()
    assert [(row["benchmark"], row["key"], row["benchmark_key"]) for row in rows] == [
        ("coco", "a.jpg", "1.png"),
        ("casia", "b.png", "3.png"),
    ]
    assert [row["relation"] for row in rows] == ["near", "turned"]
    # Of the list no picture is at hand: the sheet shows the folder's.
    assert (out / "contamination-001.jpg").exists()
    assert (out / "contamination.csv").read_text().count("\n") == 3


def test_the_gate_fails_where_anything_overlaps(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {"a.jpg": jpeg(small("astronaut"))})
    clean = write(tmp_path / "clean", {"b.png": png(small("coffee"))})
    dirty = write(tmp_path / "dirty", {"b.png": png(small("astronaut"))})
    run_contamination(str(own), [str(clean)], gate=True)
    with pytest.raises(DatasetError, match="1 of 1 pictures stand in a benchmark"):
        run_contamination(str(own), [str(clean), str(dirty)], gate=True)
    with pytest.raises(CounterfoilError, match="--against"):
        run_contamination(str(own), [])


def test_crops_of_benchmarks_are_found_where_asked(tmp_path: Path) -> None:
    shown = small("astronaut")
    own = write(tmp_path / "own", {"a.jpg": jpeg(shown[30:230, 20:210])})
    full = write(tmp_path / "full", {"b.png": png(shown)})
    run_contamination(str(own), [str(full)], gate=True)
    with pytest.raises(DatasetError):
        run_contamination(str(own), [str(full)], crops=True, gate=True)
    run_fingerprint(str(full), str(tmp_path / "plain.parquet"))
    with pytest.raises(StorageError, match="hashes of plain have no tiles"):
        run_contamination(str(own), [str(tmp_path / "plain.parquet")], crops=True)


def test_lists_of_one_name_are_told_apart(tmp_path: Path) -> None:
    own = write(tmp_path / "own", {"a.png": png(small("astronaut"))})
    for number in (1, 2):
        write(tmp_path / str(number) / "val", {"b.png": png(small("astronaut"))})
    out = tmp_path / "out"
    run_contamination(str(own), [str(tmp_path / n / "val") for n in "12"], out=str(out))
    names = pq.read_table(out / "contamination.parquet")["benchmark"].to_pylist()
    assert names == ["val", "val (2)"]
