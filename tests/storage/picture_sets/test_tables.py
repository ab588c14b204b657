"""Parquet files, published sets and what the datasets library opens, as sets."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from schemas.errors import StorageError
from storage.picture_sets.choice import Choice
from storage.picture_sets.hub import HubSet
from storage.picture_sets.opening import open_set
from storage.picture_sets.parquet import ParquetSet
from tests.storage.picture_sets.stored import (
    IMAGE,
    everything,
    image,
    picture,
    write_files,
    write_rows,
)

ROWS: list[dict[str, Any]] = [
    {"image": image(picture(i)), "label": i % 2, "caption": f"no. {i}"} for i in range(10)
]
SCHEMA = {"image": IMAGE, "label": pa.int64(), "caption": pa.string()}


def test_rows_are_named_by_file_and_place_and_bring_their_columns(tmp_path: Path) -> None:
    write_rows(tmp_path / "data" / "train-00000-of-00002.parquet", ROWS[:6], SCHEMA)
    write_rows(tmp_path / "data" / "test-00000-of-00002.parquet", ROWS[6:], SCHEMA)
    write_files(tmp_path, {"figures/example.png": picture(99)})
    pictures = pickle.loads(pickle.dumps(open_set(tmp_path)))
    assert isinstance(pictures, ParquetSet)
    assert [piece.rpartition("#")[2] for piece in pictures.pieces()] == ["0", "0", "1"]
    found = everything(pictures)
    assert [one.key for one in found[:5]] == [
        *(f"data/test-00000-of-00002.parquet:{row}" for row in range(4)),
        "data/train-00000-of-00002.parquet:0",
    ]
    assert found[9].key == "data/train-00000-of-00002.parquet:5"
    assert found[9].facts == {"label": 1, "caption": "no. 5", "split": "train"}
    assert [one.data for one in found] == [row["image"]["bytes"] for row in (*ROWS[6:], *ROWS[:6])]


def test_a_split_and_a_config_choose_files(tmp_path: Path) -> None:
    for config in ("default", "flux"):
        for split in ("train", "test"):
            write_rows(tmp_path / config / f"{split}-0.parquet", ROWS[:2], SCHEMA)
    chosen = everything(open_set(tmp_path, Choice(config="flux", split="test")))
    assert {one.key.partition(":")[0] for one in chosen} == {"flux/test-0.parquet"}
    with pytest.raises(StorageError, match=r"split 'dev'; its files are default/test-0"):
        open_set(tmp_path, Choice(split="dev"))


def test_named_columns_alone_are_read(tmp_path: Path) -> None:
    pictures = open_set(write_rows(tmp_path / "a.parquet", ROWS, SCHEMA))
    assert {tuple(one.facts) for one in everything(pictures, ("label", "absent"))} == {("label",)}


def test_a_column_names_the_pictures_where_asked(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.parquet", ROWS, SCHEMA)
    assert everything(open_set(path, Choice(key_column="caption")))[3].key == "no. 3"
    with pytest.raises(StorageError, match="no column 'name' to name its pictures by"):
        everything(open_set(path, Choice(key_column="name")))


def test_the_column_of_pictures_is_found_or_asked_for(tmp_path: Path) -> None:
    two = [{"photo": image(picture(1)), "mask": image(picture(2)), "note": "x"}]
    schema = {"photo": IMAGE, "mask": IMAGE, "note": pa.string()}
    path = write_rows(tmp_path / "two.parquet", two, schema)
    with pytest.raises(StorageError, match=r"photo, mask; name one with --image-column"):
        open_set(path)
    (one,) = everything(open_set(path, Choice(image_column="photo")))
    assert (one.data, one.facts) == (picture(1), {"note": "x"})
    with pytest.raises(StorageError, match=r"'note' holds string; pictures are in photo, mask"):
        open_set(path, Choice(image_column="note"))
    with pytest.raises(StorageError, match=r"'image' is not there; pictures are in photo, mask"):
        open_set(path, Choice(image_column="image"))
    plain = write_rows(tmp_path / "plain.parquet", [{"jpg": b"1", "n": 2}], {"jpg": pa.binary()})
    assert everything(open_set(plain))[0].data == b"1"
    none = write_rows(tmp_path / "none" / "a.parquet", [{"n": 2}], {"n": pa.int64()})
    with pytest.raises(StorageError, match="no column of pictures"):
        open_set(none.parent)


def test_rows_without_a_picture_and_paths_beside_the_file(tmp_path: Path) -> None:
    write_files(tmp_path, {"pictures/a.png": picture(1)})
    rows = [{"image": image(None, "pictures/a.png")}, {"image": image(None, "pictures/b.png")}]
    rows += [{"image": image(None)}]
    there, gone, none = everything(
        open_set(write_rows(tmp_path / "a.parquet", rows, {"image": IMAGE}))
    )
    assert there.data == picture(1)
    assert "pictures/b.png that its row names could not be read" in gone.problem
    assert none.problem == "its row holds no picture"


def test_broken_parquet_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    whole = write_rows(tmp_path / "whole.parquet", ROWS, SCHEMA).read_bytes()
    short = write_files(tmp_path / "short", {"a.parquet": whole[:-40]})
    with pytest.raises(StorageError, match=r"a\.parquet is no Parquet file, or a broken one"):
        open_set(short)
    empty = write_rows(tmp_path / "empty.parquet", [], SCHEMA)
    with pytest.raises(StorageError, match="has no rows"):
        open_set(empty)


def test_class_labels_come_by_their_names(tmp_path: Path) -> None:
    import datasets

    features = datasets.Features(
        {"image": datasets.Image(), "label": datasets.ClassLabel(names=["real", "fake"])}
    )
    rows = [{"image": image(picture(i)), "label": i % 2} for i in range(3)]
    made = datasets.Dataset.from_list(rows, features=features)
    made.to_parquet(str(tmp_path / "a.parquet"))
    found = everything(open_set(tmp_path / "a.parquet"))
    assert [one.facts["label"] for one in found] == ["real", "fake", "real"]


def test_a_set_that_datasets_saved_is_opened_with_its_splits(tmp_path: Path) -> None:
    import datasets

    features = datasets.Features(
        {"image": datasets.Image(), "label": datasets.ClassLabel(names=["real", "fake"])}
    )
    rows = [{"image": image(picture(i)), "label": i % 2} for i in range(5)]
    made = datasets.Dataset.from_list(rows, features=features)
    saved = tmp_path / "saved"
    datasets.DatasetDict({"train": made, "test": made.select([1])}).save_to_disk(str(saved))
    pictures = pickle.loads(pickle.dumps(open_set(saved)))
    assert isinstance(pictures, HubSet)
    found = everything(pictures)
    assert [one.key for one in found] == [*(f"train:{i}" for i in range(5)), "test:0"]
    assert found[-1].facts == {"label": "fake", "split": "test"}
    assert found[2].data == picture(2)
    assert len(everything(open_set(saved, Choice(split="test")))) == 1
    with pytest.raises(StorageError, match="no split 'dev'; it has train, test"):
        open_set(saved, Choice(split="dev"))
    assert pictures.stamp("train:0") != pictures.stamp("test:0")


def test_an_image_folder_with_metadata_brings_its_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = write_files(tmp_path / "set", {"a/1.png": picture(1), "a/2.png": picture(2)})
    lines = [{"file_name": f"a/{i}.png", "generator": f"g{i}"} for i in (1, 2)]
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = everything(open_set(folder))
    assert [one.key for one in found] == ["a/1.png", "a/2.png"]
    assert found[1].facts == {"generator": "g2", "split": "train"}
    assert found[1].data == picture(2)
