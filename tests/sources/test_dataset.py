"""Data sets of the hub's kind are read by row, downloaded or streamed, from folders as well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import pytest

from schemas.errors import RecipeError, StorageError
from schemas.picture import Picture, RejectedSource
from schemas.recipe.sources import DatasetSource
from sources.dataset_rows import open_rows
from sources.reader import SourceReader, open_reader
from tests.sources.annotations.trees import encoded, picture, png, rejected, write

ROWS = 20
BOTH = pytest.mark.parametrize("streaming", [False, True])
pytestmark = [
    # Of the datasets library, or of what it imports.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(autouse=True)
def _cache(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path_factory.mktemp("cache"))
    yield
    open_rows.cache_clear()


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 rows in two Parquet files of three row groups; cats are even, the last has no picture."""
    folder = tmp_path_factory.mktemp("tree") / "pets"
    features = datasets.Features(
        {
            "image": datasets.Image(),
            "label": datasets.ClassLabel(names=["cat", "dog"]),
            "text": datasets.Value("string"),
            "captions": datasets.List(datasets.Value("string")),
            "who": datasets.Value("int64"),
            "terms": datasets.Value("string"),
        }
    )
    rows = {
        "image": [{"bytes": png(n), "path": None} for n in range(ROWS - 1)] + [None],
        "label": [n % 2 for n in range(ROWS)],
        "text": [f"picture {n}" for n in range(ROWS)],
        "captions": [[f"first {n}", "second"] for n in range(ROWS)],
        "who": [n // 4 for n in range(ROWS)],
        "terms": ["CC0-1.0"] + [None] * (ROWS - 1),
    }
    data = datasets.Dataset.from_dict(rows, features=features)
    (folder / "data").mkdir(parents=True)
    for half in range(2):
        part = data.select(range(half * 10, half * 10 + 10))
        part.to_parquet(folder / "data" / f"train-0000{half}-of-00002.parquet", batch_size=4)
    return folder


def reader(path: object, **more: Any) -> SourceReader:
    entry = {"kind": "dataset", "path": str(path), "crops": None, **more}
    return open_reader(DatasetSource.model_validate(entry), 1)


def read(path: object, **more: Any) -> dict[str, Picture | RejectedSource]:
    source = reader(path, **more)
    outcomes = {}
    for origin in source.origins():
        (outcomes[origin],) = source.read(origin)
    return outcomes


def pixels_of(data: bytes) -> npt.NDArray[np.uint8]:
    from storage.reading import read_picture

    return read_picture(data)[0]


COLUMNS = {"caption": "text", "identity": "who", "licence": "terms"}


@BOTH
def test_rows_become_pictures_with_what_their_columns_say(pets: Path, streaming: bool) -> None:
    found = read(pets, streaming=streaming, columns=COLUMNS, licence="MIT", attribution="Jo")
    assert list(found) == [f"pets/train/{n:09d}" for n in range(ROWS)]
    for number, outcome in enumerate(list(found.values())[:-1]):
        source = picture(outcome).source
        np.testing.assert_array_equal(picture(outcome).pixels, pixels_of(png(number)))
        assert source.caption == f"picture {number}"
        assert source.identity == str(number // 4)
        assert source.group == f"identity:{number // 4}"
        assert source.licence == ("CC0-1.0" if number == 0 else "MIT")
        assert source.attribution == "Jo"
    rejected(found[f"pets/train/{ROWS - 1:09d}"], "empty")


@BOTH
def test_where_takes_rows_by_class_value_or_one_of_several(pets: Path, streaming: bool) -> None:
    def numbers(**where: Any) -> list[int]:
        origins = reader(pets, streaming=streaming, where=where).origins()
        return [int(origin[-9:]) for origin in origins]

    assert numbers(label="cat") == numbers(label=0) == list(range(0, ROWS, 2))
    assert numbers(text="picture 7") == [7]
    assert numbers(who=(1, 3), label="dog") == [5, 7, 13, 15]
    with pytest.raises(RecipeError, match="no row"):
        numbers(label="horse")


@BOTH
def test_a_worker_that_lists_nothing_reads_any_row(pets: Path, streaming: bool) -> None:
    for numbers in ([0, 1, 2], [13, 9, 3, 4, 7, 12], [18]):
        open_rows.cache_clear()
        source = reader(pets, streaming=streaming, columns={"caption": "captions"})
        for number in numbers:
            (outcome,) = source.read(f"pets/train/{number:09d}")
            assert picture(outcome).source.caption == f"first {number}"
            np.testing.assert_array_equal(picture(outcome).pixels, pixels_of(png(number)))


def test_a_limit_draws_from_the_whole_and_from_a_stream_takes_the_first(pets: Path) -> None:
    few, more = (set(reader(pets, limit=limit).origins()) for limit in (3, 8))
    assert few < more
    assert more != {f"pets/train/{n:09d}" for n in range(8)}
    first = reader(pets, limit=3, streaming=True, where={"label": "dog"}).origins()
    assert first == tuple(f"pets/train/{n:09d}" for n in (1, 3, 5))


@BOTH
def test_a_folder_of_pictures_is_a_data_set_as_well(tmp_path: Path, streaming: bool) -> None:
    rows = [{"file_name": "a.png", "text": "A."}, {"file_name": "b.png", "text": "B."}]
    folder = write(tmp_path / "set", {
        "train/a.png": png(), "train/b.png": png(1),
        "train/metadata.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
    })  # fmt: skip
    found = read(folder, streaming=streaming, columns={"caption": "text"}, where={"text": "B."})
    (outcome,) = found.values()
    assert picture(outcome).source.caption == "B."
    np.testing.assert_array_equal(picture(outcome).pixels, pixels_of(png(1)))


def test_pages_carry_cords_words(tmp_path: Path) -> None:
    quad = {"x1": 5, "y1": 5, "x2": 60, "y2": 5, "x3": 60, "y3": 20, "x4": 5, "y4": 20}
    truth = {"valid_line": [{"words": [{"quad": quad, "text": "9.00"}], "category": "total"}]}
    page = encoded(np.full((80, 120, 3), 255, np.uint8))
    data = datasets.Dataset.from_dict(
        {"image": [page], "truth": [json.dumps(truth)]},
        features=datasets.Features(
            {"image": datasets.Value("binary"), "truth": datasets.Value("string")}
        ),
    )
    data.to_parquet(tmp_path / "train.parquet")
    (outcome,) = read(tmp_path, domain="document", columns={"words": "truth"}).values()
    (word,) = picture(outcome).source.words
    assert (word.text, word.field) == ("9.00", "total")


def test_the_signature_follows_the_files_or_the_revision(tmp_path: Path, pets: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(next(pets.rglob("*.parquet")).read_bytes())
    before = reader(tmp_path).signature("any")
    assert before == reader(tmp_path).signature("any")
    (tmp_path / "y.parquet").write_bytes(b"")
    assert reader(tmp_path).signature("any") != before
    assert reader("user/name", revision="0123abc").signature("any") == "0123abc"


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"columns": {"image": "photo"}}, "no column 'photo'; it has: image, label"),
        ({"where": {"breed": "pug"}}, "no column 'breed'"),
        ({"subset": "test"}, "test"),
        ({"columns": {"image": "text"}}, "holds str, not pictures"),
    ],
)
@BOTH
def test_what_is_not_there_is_an_error_of_the_recipe(
    pets: Path, more: dict[str, Any], wrong: str, streaming: bool
) -> None:
    with pytest.raises(RecipeError, match=wrong):
        read(pets, streaming=streaming, **more)


def test_a_set_of_the_hub_needs_a_revision_and_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **options: object) -> None:
        assert options["revision"] == "0123abc"
        raise ConnectionError("Couldn't reach 'user/name' on the Hub")

    with pytest.raises(RecipeError, match="needs a revision"):
        reader("user/name").origins()
    monkeypatch.setattr(datasets, "load_dataset", refuse)
    with pytest.raises(StorageError, match=r"hf download user/name .* --revision 0123abc"):
        reader("user/name", revision="0123abc").origins()


def test_rows_of_a_set_of_the_hub_are_named_by_its_revision(
    pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = datasets.load_dataset

    def from_folder(path: str, config: str | None, **options: Any) -> Any:
        assert (path, config, options.pop("revision")) == ("user/pets", "small", "0123abc")
        return load(str(pets), **options)

    monkeypatch.setattr(datasets, "load_dataset", from_folder)
    source = reader("user/pets", config="small", revision="0123abc", limit=1, streaming=True)
    (origin,) = source.origins()
    assert origin == "user/pets:small@0123abc/train/000000000"
    (outcome,) = source.read(origin)
    assert picture(outcome).source.group == origin
