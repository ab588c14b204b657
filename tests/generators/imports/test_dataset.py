"""A data set is streamed, filtered and counted; each picture is fetched once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, Features, Value
from datasets import Image as ImageFeature
from PIL import Image

from generators.imports import hub
from generators.imports.opening import layout_of
from generators.imports.options import ImportOptions
from schemas.errors import GeneratorError, StorageError
from schemas.vocabulary import Scope
from tests.generators.imports.sets import (
    forgery,
    imported,
    job,
    pixels,
    png,
    refusal,
    square_mask,
    take,
)

COUNT = 10
_FEATURES = Features(
    {
        "image": ImageFeature(),
        "mask": ImageFeature(),
        "prompt": Value("string"),
        "model": ClassLabel(names=["midjourney", "dalle"]),
        "artist": Value("string"),
    }
)


def rows() -> dict[str, list[Any]]:
    numbers = range(COUNT)
    return {
        "image": [{"bytes": png(n), "path": f"{n}.png"} for n in numbers],
        "mask": [{"bytes": square_mask(10 + n), "path": None} for n in numbers],
        "prompt": [f"picture {n}" for n in numbers],
        "model": [n % 2 for n in numbers],
        "artist": [f"artist {n // 3}" for n in numbers],
    }


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    """A data set of two Parquet files."""
    whole = Dataset.from_dict(rows(), features=_FEATURES)
    folder = tmp_path / "set" / "data"
    folder.mkdir(parents=True)
    whole.select(range(6)).to_parquet(str(folder / "train-00000-of-00002.parquet"))
    whole.select(range(6, COUNT)).to_parquet(str(folder / "train-00001-of-00002.parquet"))
    return tmp_path / "set"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datasets import config

    cache = tmp_path.with_name(f"{tmp_path.name}-cache")
    monkeypatch.setattr(config, "HF_DATASETS_CACHE", cache)


def test_the_first_that_fit_are_streamed(parquet: Path) -> None:
    assert layout_of(ImportOptions(path=str(parquet))) == "dataset"
    generator = imported(path=str(parquet), where={"model": "dalle"}, group_column="artist")
    items = generator.items(3)
    assert [item.name for item in items] == ["train-00000001", "train-00000003", "train-00000005"]
    assert [item.prompt for item in items] == ["picture 1", "picture 3", "picture 5"]
    assert [item.group for item in items] == ["artist 0", "artist 1", "artist 1"]
    assert len(generator.items(99)) == 5
    (made, *_) = map(forgery, take(generator, 3))
    np.testing.assert_array_equal(made.image, pixels(1))
    told = made.parameters
    assert (told["set"], told["subset"], told["file"]) == ("set", "train", "1.png")
    assert "revision" in told["unknown"]
    assert "prompt" not in told["unknown"]


@pytest.mark.parametrize("streaming", [True, False])
def test_streamed_or_not_the_pictures_and_masks_are_the_same(
    parquet: Path, streaming: bool
) -> None:
    generator = imported(path=str(parquet), mask_column="mask", streaming=streaming)
    made = {a.parameters["item"]: a for a in map(forgery, take(generator))}
    assert len(made) == COUNT
    for number in range(COUNT):
        one = made[f"train-{number:08d}"]
        np.testing.assert_array_equal(one.image, pixels(number))
        assert one.scope is Scope.REGENERATED
        assert one.applied is not None
        assert one.applied.sum() == (10 + number) ** 2


def test_without_streaming_a_hash_chooses_and_a_prefix_stays(parquet: Path) -> None:
    generator = imported(path=str(parquet), streaming=False)
    whole = [item.name for item in generator.items(COUNT)]
    assert whole != sorted(whole)
    assert [item.name for item in generator.items(4)] == whole[:4]
    even = imported(path=str(parquet), streaming=False, where={"model": [0]}).items(COUNT)
    assert [i.name for i in even] == [name for name in whole if int(name[-1]) % 2 == 0]


def test_each_row_is_read_from_the_stream_once(
    parquet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    opened = hub.open_split

    class Watched:
        def __init__(self, rows: Any) -> None:
            self.rows = rows

        def __iter__(self) -> Iterator[Any]:
            for row in self.rows:
                seen.append(row["prompt"])
                yield row

    def watching(options: ImportOptions) -> hub.OpenedSplit:
        from dataclasses import replace

        split = opened(options)
        return replace(split, rows=Watched(split.rows))

    monkeypatch.setattr("generators.imports.dataset.open_split", watching)
    names = [item.name for item in imported(path=str(parquet)).items(4)]
    assert len(seen) == 4
    list(imported(path=str(parquet)).forge([job(name) for name in names]))
    assert [item.name for item in imported(path=str(parquet)).items(3)] == names[:3]
    assert len(seen) == 4
    # Another machine has nothing kept: one way through the stream, as far as is needed.
    other = imported(path=str(parquet), cache=str(parquet.parent / "other"))
    answers = list(other.forge([job("train-00000005"), job("train-00000002")]))
    assert [forgery(a).parameters["file"] for a in answers] == ["5.png", "2.png"]
    assert len(seen) == 4 + 6


def test_rows_that_are_not_there_are_rejections(parquet: Path) -> None:
    for streaming in (True, False):
        generator = imported(path=str(parquet), streaming=streaming)
        answers = generator.forge([job("train-00000099"), job("nonsense"), job("train-00000003")])
        first, second, last = answers
        assert refusal(first).reason == "item_is_gone"
        assert refusal(second).reason == "item_is_gone"
        forgery(last)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"where": {"colour": 1}}, "no column 'colour'; it has: image, mask, prompt, model"),
        ({"where": {"model": "emu"}}, "no row with model = 'emu'"),
        ({"subset": "test"}, "no 'test'; it has: train"),
        ({"config": "small"}, "cannot be opened"),
        ({"image_column": "picture"}, "no column 'picture'"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_there(
    parquet: Path, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(GeneratorError, match=words):
        imported(path=str(parquet), **options).items(2)


def test_which_column_holds_the_pictures(tmp_path: Path) -> None:
    whole = Dataset.from_dict(rows(), features=_FEATURES).rename_column("image", "before")
    whole.to_parquet(str(tmp_path / "x.parquet"))
    with pytest.raises(GeneratorError, match="several columns of pictures: before, mask"):
        imported(path=str(tmp_path)).items(2)
    assert len(imported(path=str(tmp_path), mask_column="mask").items(2)) == 2
    none = tmp_path / "none"
    none.mkdir()
    Dataset.from_dict({"text": ["a"]}).to_parquet(str(none / "x.parquet"))
    with pytest.raises(GeneratorError, match=r"no column of pictures; say .*: text"):
        imported(path=str(none)).items(2)


def test_a_set_that_was_saved_to_disk(tmp_path: Path) -> None:
    Dataset.from_dict(rows(), features=_FEATURES).save_to_disk(str(tmp_path / "saved"))
    assert layout_of(ImportOptions(path=str(tmp_path / "saved"))) == "dataset"
    generator = imported(path=str(tmp_path / "saved"), image_column="image")
    assert len([forgery(answer) for answer in take(generator, 3)]) == 3


def test_pictures_as_bare_bytes_and_broken_ones(tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    table = pa.table({"image": [png(1), b"broken", None], "kind": ["a", "a", "a"]})
    pq.write_table(table, folder / "x.parquet")
    answers = take(imported(path=str(folder)))
    forgery(answers[0])
    assert [refusal(answer).reason for answer in answers[1:]] == ["not_a_picture", "item_is_gone"]


def test_cells_may_name_files_of_the_set_and_no_others(tmp_path: Path) -> None:
    folder = tmp_path / "named"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "x.png").write_bytes(png(1))
    (tmp_path / "secret.png").write_bytes(png(2))
    secret = tmp_path / "secret.png"
    names = ["pictures/x.png", str(secret), f"file://{secret}", "../secret.png", "gone.png"]
    pq.write_table(pa.table({"image": names}), folder / "x.parquet")
    answers = take(imported(path=str(folder), layout="dataset"))
    assert forgery(answers[0]).parameters["file"] == "pictures/x.png"
    assert [refusal(answer).reason for answer in answers[1:]] == ["item_is_gone"] * 4


def test_what_is_kept_is_forgotten_when_the_set_changes(tmp_path: Path) -> None:
    folder = tmp_path / "growing"
    folder.mkdir()
    pq.write_table(pa.table({"image": [png(1)]}), folder / "a.parquet")
    assert len(imported(path=str(folder)).items(9)) == 1
    pq.write_table(pa.table({"image": [png(2), png(3)]}), folder / "b.parquet")
    assert len(imported(path=str(folder)).items(9)) == 3


def test_it_streams_parquet_from_an_object_store() -> None:
    from upath import UPath

    root = UPath("memory://import-bucket/set")
    root.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    pq.write_table(pa.table({"image": [png(1), png(2)]}), buffer)
    (root / "x.parquet").write_bytes(buffer.getvalue())
    answers = [forgery(a) for a in take(imported(path="memory://import-bucket/set"))]
    assert [a.parameters["set"] for a in answers] == ["import-bucket/set"] * 2


def test_without_the_hub_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(GeneratorError, match=r"cannot be reached from here.*hf download"):
        imported(path="ehristoforu/dalle-3-images").items(1)


def test_a_stream_that_breaks_off_is_the_stores_fault(
    parquet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Breaking:
        def __iter__(self) -> Iterator[Any]:
            yield {"image": {"bytes": png(1), "path": None}}
            raise ConnectionError("reset by peer")

    split = hub.OpenedSplit("train", Breaking(), ("image",), {}, True, "x", None)
    monkeypatch.setattr("generators.imports.dataset.open_split", lambda options: split)
    with pytest.raises(StorageError, match=r"broke off.*reset by peer"):
        imported(path=str(parquet), layout="dataset").items(2)


def test_the_file_of_the_picture_is_not_decoded_on_the_way(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(pixels(3)).save(buffer, "JPEG", quality=71)
    data = {"image": [{"bytes": buffer.getvalue(), "path": "x.jpg"}]}
    Dataset.from_dict(data, features=Features({"image": ImageFeature()})).to_parquet(
        str(tmp_path / "x.parquet")
    )
    (made,) = map(forgery, take(imported(path=str(tmp_path))))
    assert made.parameters["codec"]["quality"] == 71
