"""Captions, people, licences: what is known of a picture as a whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.errors import RecipeError
from schemas.recipe.annotations import Annotations
from schemas.vocabulary import Consent
from sources.annotations.naming import Names
from tests.sources.annotations.trees import picture, png, read, reader, rejected, write

ROWS: list[dict[str, Any]] = [
    {"file_name": "a.png", "text": " A cat. ", "identity": 17, "license": "CC0-1.0"},
    {"file_name": "sub/b.png", "caption": "A dog.", "author": "Jo", "consent": "given", "k": [1]},
]


def jsonl(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_metadata_says_what_is_known_of_each_picture(tmp_path: Path) -> None:
    write(tmp_path, {
        "a.png": png(), "sub/b.png": png(1), "c.png": png(2), "metadata.jsonl": jsonl(ROWS)
    })  # fmt: skip
    found = read(tmp_path, licence="MIT", attribution="Al", consent="synthetic")
    a, b, c = (picture(found[name]).source for name in ("a.png", "sub/b.png", "c.png"))
    assert (a.caption, a.identity, a.licence, a.attribution) == ("A cat.", "17", "CC0-1.0", "Al")
    assert (a.group, a.consent) == ("identity:17", Consent.SYNTHETIC)
    assert (b.caption, b.identity, b.licence, b.attribution) == ("A dog.", None, "MIT", "Jo")
    assert (b.group, b.consent) == (f"{tmp_path.name}/sub/b.png", Consent.GIVEN)
    assert (c.caption, c.licence, c.group) == (None, "MIT", f"{tmp_path.name}/c.png")
    assert picture(read(tmp_path, group="all")["a.png"]).source.group == "all"


def test_metadata_may_be_a_table_with_columns_of_other_names(tmp_path: Path) -> None:
    table = '\ufefffile_name,prompt,who\na.png,"One, two",Ann\nb.png,,Ben\n'
    write(tmp_path, {"a.png": png(), "b.png": png(1), "metadata.csv": table})
    how = {"format": "metadata", "columns": {"caption": "prompt", "identity": "who"}}
    found = read(tmp_path, annotations=how)
    assert picture(found["a.png"]).source.caption == "One, two"
    assert picture(found["b.png"]).source.caption is None
    assert picture(found["b.png"]).source.identity == "Ben"
    with pytest.raises(RecipeError, match="no column 'nothing'"):
        reader(tmp_path, annotations={**how, "columns": {"caption": "nothing"}}).origins()


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ('{"file_name": "a.png"}\n{"text": 1}\n', "line 2 has no `file_name`"),
        ('{"file_name": "a.png"}\n{"file_name"\n', "line 2 is no JSON"),
        ('{"file_name": "a.png"}\n{"file_name": "./a.png"}\n', "names 'a.png' twice"),
        ("name,text\na.png,x\n", "line 2 has no `file_name`"),
        ('{"file_name": "b.png"}\n', "none of which is in the folder"),
    ],
)
def test_metadata_that_is_none_is_an_error_of_the_recipe(
    tmp_path: Path, content: str, wrong: str
) -> None:
    write(tmp_path, {"a.png": png(), "metadata.jsonl": content})
    with pytest.raises(RecipeError, match=wrong):
        reader(tmp_path).origins()


def test_consent_must_be_a_known_word(tmp_path: Path) -> None:
    rows = [{"file_name": "a.png", "consent": "maybe"}]
    write(tmp_path, {"a.png": png(), "metadata.jsonl": jsonl(rows)})
    assert "'maybe'" in rejected(read(tmp_path)["a.png"])


def test_captions_lie_in_text_files_or_in_cocos(tmp_path: Path) -> None:
    coco = {
        "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
        "annotations": [
            {"id": 5, "image_id": 1, "caption": "First. "},
            {"id": 6, "image_id": 1, "caption": "Second."},
        ],
    }
    write(tmp_path, {
        "a.png": png(), "b.png": png(1), "a.txt": "One\n line.\n", "b.caption": "Two",
        "c.json": coco,
    })  # fmt: skip
    how = [{"format": "coco", "path": "c.json"}, {"format": "text"}]
    found = read(tmp_path, annotations=how)
    assert [picture(found[name]).source.caption for name in ("a.png", "b.png")] == ["First.", "Two"]
    found = read(tmp_path, annotations=how[1])
    assert picture(found["a.png"]).source.caption == "One line."


def test_each_folder_may_be_a_person(tmp_path: Path) -> None:
    write(tmp_path, {"Ann/1.png": png(1), "Ann/old/2.png": png(2), "Ben/1.png": png(3),
                     "nobody.png": png(4)})  # fmt: skip
    found = read(tmp_path, identity="folder")
    assert {name: picture(each).source.identity for name, each in found.items()} == {
        "Ann/1.png": "Ann", "Ann/old/2.png": "Ann", "Ben/1.png": "Ben", "nobody.png": None
    }  # fmt: skip
    assert picture(found["Ann/1.png"]).source.group == "identity:Ann"
    assert picture(found["nobody.png"]).source.group == f"{tmp_path.name}/nobody.png"


def test_annotations_are_read_in_an_object_store(tmp_path: Path) -> None:
    from upath import UPath

    root = UPath("memory://bucket/set/images")
    try:
        (root / "a.png").write_bytes(png())
        (root.parent / "m.jsonl").write_text(jsonl(ROWS[:1]))
        how = {"format": "metadata", "path": "../m.jsonl"}
        (outcome,) = read(str(root), annotations=how).values()
        assert picture(outcome).source.caption == "A cat."
    finally:
        root.fs.store.clear()
        root.fs.pseudo_dirs[:] = [""]


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ({"format": "coco", "suffix": ".json"}, "give path, not suffix"),
        ({"format": "text", "label": "cat"}, "marks no objects"),
        ({"format": "voc", "columns": {"caption": "x"}}, "belongs to the format metadata"),
        ({"format": "mask"}, "path .a folder. or a suffix"),
        ({"format": "yolo"}, "format"),
    ],
)
def test_fields_that_do_not_belong_together_are_refused(entry: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ValidationError, match=wrong):
        Annotations.model_validate(entry)


def test_two_entries_of_one_file_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {"a.png": png(), "metadata.jsonl": jsonl(ROWS[:1])})
    with pytest.raises(RecipeError, match="both metadata"):
        reader(tmp_path, annotations=[{"format": "metadata"}, {"format": "metadata"}]).origins()


def test_the_name_that_agrees_most_is_meant() -> None:
    names = Names(["a.png", "train/a.png", "x/test/b.png", "y/test/b.png"])
    assert names.of("train/a.png") == "train/a.png"
    assert names.of("set/train/a.png") == "train/a.png"
    assert names.of("val/a.png") == "a.png"
    assert names.of("x/test/b.png") == "x/test/b.png"
    assert names.of("test/b.png") is None
    assert names.missing(["train/a.png"], "it") == ("a.png", "x/test/b.png", "y/test/b.png")
