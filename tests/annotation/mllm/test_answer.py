"""Answers are strict, their schema is one for structured outputs, boxes and texts are mended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from annotation.mllm.answer import ASKED, LONGEST_RATIONALE, answer_model, strict_schema
from schemas.annotation import Region
from schemas.cues import CUE_FAMILIES, cues_of
from schemas.vocabulary import Domain, Verdict
from tests.annotation.mllm.conversing import answer

PLAIN = answer_model((), False)
CUED = answer_model(cues_of(CUE_FAMILIES, Domain.NATURAL), True)
SUPPORTED = {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf"}


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, list):
        for part in schema:
            yield from nodes(part)
    elif isinstance(schema, dict):
        yield schema
        for key, part in schema.items():
            yield from (nodes(list(part.values())) if key == "properties" else nodes(part))


@pytest.mark.parametrize("model", [PLAIN, CUED])
def test_the_schema_is_what_structured_outputs_accept(model: Any) -> None:
    schema = strict_schema(model)
    assert schema["type"] == "object"
    for node in nodes(schema):
        assert set(node) <= SUPPORTED
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
        else:
            assert "properties" not in node
    assert len([node for node in nodes(schema) if "enum" in node]) >= len(ASKED)


def test_reasons_come_before_verdicts_and_the_caption_before_all() -> None:
    properties = strict_schema(CUED)["properties"]
    assert list(properties) == ["caption", *ASKED]
    order = ["rationale", "box", "cues", "verdict", "confidence"]
    assert list(properties["edges"]["properties"]) == order
    assert "cues" not in properties["whole"]["properties"]
    assert "cues" not in strict_schema(PLAIN)["properties"]["edges"]["properties"]


def test_cues_are_those_of_their_attribute() -> None:
    properties = strict_schema(CUED)["properties"]
    assert "halo" in properties["edges"]["properties"]["cues"]["items"]["enum"]
    assert "halo" not in properties["texture"]["properties"]["cues"]["items"]["enum"]


def test_a_judgement_is_read() -> None:
    found = PLAIN.model_validate(answer()).on("whole")
    assert found.verdict is Verdict.PRESENT
    assert found.region == Region(0.1, 0.2, 0.4, 0.5)
    assert (found.confidence, found.cues) == (0.75, ())


def test_a_cue_that_is_named_twice_counts_once() -> None:
    model = answer_model(cues_of(("boundary",), Domain.NATURAL), False)
    found = model.model_validate(answer(edges={"cues": ["halo", "cut_edge", "halo"]}))
    assert found.on("edges").cues == ("halo", "cut_edge")


@pytest.mark.parametrize(
    "change",
    [
        {"lighting": {"verdict": "yes"}},
        {"lighting": {"verdict": None}},
        {"lighting": {"confidence": "0.5"}},
        {"lighting": {"confidence": True}},
        {"lighting": {"confidence": 1.01}},
        {"lighting": {"confidence": float("nan")}},
        {"lighting": {"rationale": ["a shadow"]}},
        {"lighting": {"rationale": " \u200b\n"}},
        {"lighting": {"rationale": "..."}},
        {"lighting": {"rationale": "shadow " * 200}},
        {"lighting": {"box": [0.1, 0.2, 0.3, 0.4]}},
        {"lighting": {"box": {"x0": 0.1, "y0": 0.2, "x1": 0.3}}},
        {"lighting": {"box": {"x0": 10, "y0": 20, "x1": 300, "y1": 400}}},
        {"lighting": {"box": {"x0": 0.2, "y0": 0.2, "x1": 0.2, "y1": 0.4}}},
        {"lighting": {"box": {"x0": float("inf"), "y0": 0.2, "x1": 0.2, "y1": 0.4}}},
        {"lighting": {"cues": []}},
        {"lighting": {"told": "fake"}},
        {"label": "fake"},
        {"caption": "A bench."},
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PLAIN.model_validate(answer(**change))


def test_boxes_are_put_in_order_and_slips_are_clipped() -> None:
    box = {"x0": 0.6, "y0": 1.01, "x1": -0.01, "y1": 0.5}
    found = PLAIN.model_validate(answer(edges={"box": box}))
    assert found.on("edges").region == Region(0.0, 0.5, 0.6, 1.0)


def test_texts_are_cleaned() -> None:
    said = "A\x00 hal\u200bo\u202e runs\n\nalong the\tcup\ud800."
    # What JSON can spell and UTF-8 cannot is cleaned where JSON is read: see test_parsing.
    found = PLAIN.model_validate(answer(edges={"rationale": said.replace("\ud800", "")}))
    assert found.on("edges").rationale == "A halo runs along the cup."


def test_the_longest_rationale_still_fits() -> None:
    said = "x" * LONGEST_RATIONALE
    assert PLAIN.model_validate(answer(edges={"rationale": said})).on("edges").rationale == said
