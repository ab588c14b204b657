"""LLaVA's and ms-swift's conversations, and questions whose answers begin with the verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from upath import UPath

from annotation.chain_of_thought import parse
from annotation.exports import export_conversations, export_questions, published_rows
from annotation.exports.questions import TEMPLATES
from annotation.exports.streams import json_list, json_object
from schemas.errors import DatasetError
from storage.masks import decode_mask
from tests.annotation.exports.published import published

TEST_PICTURES = 9


def test_llava_and_swift_have_their_own_fields(tmp_path: Path) -> None:
    found = export_conversations(published_rows(published(tmp_path / "set")), UPath(tmp_path))
    assert found.pictures == 13 + 2 + TEST_PICTURES
    assert len(found.files) == 6
    llava = json.loads((tmp_path / "llava_test.json").read_text(encoding="utf-8"))
    lines = (tmp_path / "swift_test.jsonl").read_text(encoding="utf-8").splitlines()
    swift = [json.loads(line) for line in lines]
    assert len(llava) == len(swift) == TEST_PICTURES
    for one, other in zip(llava, swift, strict=True):
        assert set(one) == {"id", "image", "conversations"}
        assert set(other) == {"messages", "images"}
        question, answer = one["conversations"]
        assert (question["from"], answer["from"]) == ("human", "gpt")
        assert question["value"].startswith("<image>\n")
        assert [message["role"] for message in other["messages"]] == ["user", "assistant"]
        assert other["messages"][0]["content"].count("<image>") == len(other["images"]) == 1
        assert other["messages"][1]["content"] == answer["value"]
        assert parse(answer["value"]).label.value == (
            "fake" if one["id"].startswith("job") else "real"
        )
        assert other["images"] == [one["image"]]
        assert (tmp_path / one["image"]).is_file()
    pictures = [p for p in (tmp_path / "images").rglob("*") if p.is_file()]
    assert len(pictures) == found.pictures


def test_one_form_alone(tmp_path: Path) -> None:
    rows = published_rows(published(tmp_path / "set"))
    found = export_conversations(rows, UPath(tmp_path / "out"), ("swift",))
    assert found.files == ("swift_test.jsonl", "swift_train.jsonl", "swift_validation.jsonl")
    with pytest.raises(ValueError, match="no such form"):
        export_conversations(rows, UPath(tmp_path / "out"), ("alpaca",))


def test_answers_begin_with_the_verdict(tmp_path: Path) -> None:
    rows = published_rows(published(tmp_path / "set"))
    export_questions(rows, UPath(tmp_path / "a"))
    export_questions(rows, UPath(tmp_path / "b"), masks=False)
    text = (tmp_path / "a" / "questions_train.jsonl").read_text(encoding="utf-8")
    entries = [json.loads(line) for line in text.splitlines()]
    assert len(entries) == 13
    questions = {question: answers for question, *answers in TEMPLATES}
    for entry in entries:
        fake = entry["label"] == "fake"
        assert entry["answer"].split(",")[0] == ("Yes" if fake else "No")
        assert entry["answer"] == questions[entry["question"]][0 if fake else 1]
        assert (tmp_path / "a" / entry["image"]).is_file()
        assert (entry["mask"] is not None) is fake
        if fake:
            assert decode_mask((tmp_path / "a" / entry["mask"]).read_bytes()).any()
    assert len({entry["question"] for entry in entries}) > 3
    assert not (tmp_path / "b" / "masks").exists()


def test_there_are_ten_templates_and_their_first_words_tell() -> None:
    assert len(TEMPLATES) == len({question for question, *_ in TEMPLATES}) == 10
    for question, forged, authentic in TEMPLATES:
        assert question.endswith("?")
        assert forged.startswith("Yes, ")
        assert authentic.startswith("No, ")


def test_rows_without_pictures_are_refused(tmp_path: Path) -> None:
    row = {"sample_id": "s", "image": None, "codec": {"format": "PNG"}, "reasoning": ""}
    with pytest.raises(DatasetError, match="holds no picture"):
        export_conversations(lambda columns: iter([("train", row)]), UPath(tmp_path))


def test_streams_write_what_json_writes(tmp_path: Path) -> None:
    values = [{"a": [1, {"b": None}]}, "ü", {}, []]
    for count in range(len(values) + 1):
        with json_list(UPath(tmp_path / "list.json")) as add:
            for value in values[:count]:
                add(value)
        with json_object(UPath(tmp_path / "object.json")) as add_value:
            for number, value in enumerate(values[:count]):
                add_value(f"k{number}", value)
        named = {f"k{number}": value for number, value in enumerate(values[:count])}
        for name, whole in (("list", values[:count]), ("object", named)):
            text = (tmp_path / f"{name}.json").read_text(encoding="utf-8")
            assert text == json.dumps(whole, ensure_ascii=False, indent=4)
