"""`counterfoil duplicates`: what is found, what stays, and what is written."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import pytest
from PIL import Image

from flows import workers
from flows.commands.duplicates import run_duplicates
from flows.duplicates import embedding
from flows.duplicates.prints import print_piece
from schemas.errors import CounterfoilError
from schemas.picture import Pixels
from tests.dataset_cards.made_set import made_set
from tests.flows.duplicates.albums import album, jpeg, png, small, write


def rows(out: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(out / "duplicates.parquet").to_pylist()
    return found


def dropped(out: Path) -> dict[str, tuple[str, str]]:
    """By dropped key: for whom, and in which relation."""
    return {row["key"]: (row["kept_for"], row["relation"]) for row in rows(out) if not row["kept"]}


def test_copies_go_for_the_better_picture_and_all_is_on_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = album(tmp_path / "album"), tmp_path / "out"
    run_duplicates([str(folder)], out=str(out), list_file=str(tmp_path / "drop.txt"))
    # The key decides between equal files.
    assert dropped(out) == {
        "copies/same.png": ("astronaut.png", "same"),
        "copies/saved.jpg": ("astronaut.png", "near"),
        "copies/small.jpg": ("coffee.png", "near"),
    }
    assert [(row["cluster"], row["kept"]) for row in rows(out)] == [
        (1, True),
        (1, False),
        (1, False),
        (2, True),
        (2, False),
    ]
    assert (tmp_path / "drop.txt").read_text().splitlines() == [
        str(folder / "copies" / name) for name in ("same.png", "saved.jpg", "small.jpg")
    ]
    with (out / "duplicates.csv").open() as file:
        assert [row["key"] for row in csv.DictReader(file)] == [row["key"] for row in rows(out)]
    with (out / "unreadable.csv").open() as file:
        reasons = {row["key"]: row["reason"] for row in csv.DictReader(file)}
    assert reasons.keys() == {"broken.jpg", "text.png"}
    assert reasons["text.png"] == "not_a_picture"
    with Image.open(out / "clusters-001.jpg") as sheet:
        assert sheet.width == 1600
    said = capsys.readouterr().out
    assert "9 pictures, of which 7 could be fingerprinted" in said
    assert "2 clusters: 3 pictures to drop, 4 stay" in said
    assert "1 same, 2 near" in said


def test_without_a_folder_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = album(tmp_path / "album")
    monkeypatch.chdir(tmp_path)
    run_duplicates([str(folder)])
    assert "Nothing was written" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["album"]


def test_turned_copies_and_crops_are_found_where_asked(tmp_path: Path) -> None:
    shown = small("astronaut")
    files = {"a.png": png(shown), "turned.jpg": jpeg(np.rot90(shown)[:, ::-1])}
    files |= {"crop.jpg": jpeg(shown[30:230, 20:210]), "other.png": png(small("coffee"))}
    folder = write(tmp_path / "album", files)
    plain, asked = tmp_path / "plain", tmp_path / "asked"
    run_duplicates([str(folder)], out=str(plain))
    assert not dropped(plain)
    run_duplicates([str(folder)], orientations=True, crops=True, out=str(asked))
    assert dropped(asked) == {"turned.jpg": ("a.png", "turned"), "crop.jpg": ("a.png", "crop")}
    (crop,) = (row for row in rows(asked) if row["key"] == "crop.jpg")
    assert crop["distance"] is None
    assert crop["likeness"] > 0.9


def test_across_compares_sets_and_the_earlier_one_stays(tmp_path: Path) -> None:
    shown = small("astronaut")
    train = write(tmp_path / "train", {"a.jpg": jpeg(shown[::2, ::2]), "b.jpg": jpeg(shown)})
    test = write(tmp_path / "test", {"c.png": png(shown), "d.png": png(small("coffee"))})
    out = tmp_path / "out"
    run_duplicates([str(train), str(test)], across=True, out=str(out))
    assert dropped(out) == {"c.png": ("b.jpg", "near")}
    run_duplicates([str(test), str(train)], across=True, out=str(out))
    assert dropped(out).keys() == {"a.jpg", "b.jpg"}
    run_duplicates([str(train), str(test)], out=str(out))
    assert {key: kept for key, (kept, _) in dropped(out).items()} == {
        "a.jpg": "c.png",
        "b.jpg": "c.png",
    }
    with pytest.raises(CounterfoilError, match="give two or more"):
        run_duplicates([str(train)], across=True)


def test_a_forgery_is_no_duplicate_of_its_source(tmp_path: Path) -> None:
    folder, out = made_set(tmp_path / "dataset"), tmp_path / "out"
    run_duplicates([str(folder)], radius=24, out=str(out))
    table = pq.read_table(next((folder / "data" / "default").glob("train*")))
    source_of = {row["sample_id"]: row["source_id"] for row in table.to_pylist()}
    for row in rows(out):
        if row["kept_for"] in source_of and row["key"] in source_of:
            assert source_of[row["key"]] != source_of[row["kept_for"]]


def test_finished_pieces_are_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = [png(np.roll(small("coffee"), 16 * i, axis=1)[:64, :64]) for i in range(8)]
    files = {f"{i:03d}.png": shown[i % 8] + bytes([i % 256]) for i in range(300)}
    folder, out = write(tmp_path / "album", files), tmp_path / "out"
    done: list[str] = []

    def counting(pictures: Any, piece: str, wanted: Any) -> Any:
        if len(done) == 2 and not killed:
            killed.append(piece)
            raise KeyboardInterrupt
        done.append(piece)
        return print_piece(pictures, piece, wanted)

    killed: list[str] = []
    monkeypatch.setattr("flows.duplicates.gathering.print_piece", counting)
    with pytest.raises(KeyboardInterrupt):
        run_duplicates([str(folder)], out=str(out), workers=1)
    run_duplicates([str(folder)], out=str(out), workers=1)
    assert len(done) == len(set(done))
    first = (out / "duplicates.parquet").read_bytes()
    count = len(done)
    run_duplicates([str(folder)], out=str(out), workers=1)
    assert len(done) == count
    assert (out / "duplicates.parquet").read_bytes() == first
    (folder / "007.png").write_bytes(b"changed")
    run_duplicates([str(folder)], out=str(out), workers=1)
    assert len(done) == count + 1
    assert (out / "unreadable.csv").exists()


def test_an_out_folder_among_the_pictures_is_refused(tmp_path: Path) -> None:
    folder = album(tmp_path / "album")
    with pytest.raises(CounterfoilError, match="lies within"):
        run_duplicates([str(folder)], out=str(folder / "out"))


def test_processes_side_by_side_find_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_WORTH_A_POOL", 0.0)
    folder = album(tmp_path / "album")
    run_duplicates([str(folder)], out=str(tmp_path / "one"), workers=1)
    run_duplicates([str(folder)], out=str(tmp_path / "two"), workers=2)
    one, two = (tmp_path / name / "duplicates.parquet" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


class ByColour:
    """An embedding that knows colours alone."""

    loaded = 0

    def __init__(self, checkpoint: str) -> None:
        assert checkpoint == "a/model"
        ByColour.loaded += 1

    def embed(self, pictures: Iterable[Pixels]) -> Iterator[npt.NDArray[np.float16]]:
        for pixels in pictures:
            mean = pixels.mean(axis=(0, 1), keepdims=True)[0] - 128
            yield (mean / np.linalg.norm(mean)).astype(np.float16)


def test_neighbours_in_an_embedding_are_duplicates_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "Embedder", ByColour)
    rng = np.random.default_rng(5)
    files = {"broken.png": b"x"}
    for name, colour in (("red", (220, 40, 40)), ("red2", (230, 45, 45)), ("blue", (30, 30, 210))):
        noise = rng.integers(-20, 20, (64, 64, 3))
        files[f"{name}.png"] = png((noise + colour).astype(np.uint8))
    folder, out = write(tmp_path / "album", files), tmp_path / "out"
    for _ in range(2):
        run_duplicates([str(folder)], embeddings="a/model", similarity=0.98, out=str(out))
        assert dropped(out) == {"red2.png": ("red.png", "embedding")}
        assert ByColour.loaded == 1  # The vectors were kept.
    assert rows(out)[1]["likeness"] > 0.98
