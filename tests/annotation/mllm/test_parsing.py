"""Texts are read as JSON and as nothing else; what is wrong is said so that it can be mended."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.mllm.answer import answer_model
from annotation.mllm.parsing import AnswerForm, Problem, parse
from tests.annotation.mllm.conversing import answer, spelt

MODEL = answer_model((), False)
GOOD = spelt()
FORMS: tuple[AnswerForm, ...] = ("schema", "json", "text")


@pytest.mark.parametrize("form", FORMS)
def test_an_answer_that_fits(form: AnswerForm) -> None:
    assert parse(f"\ufeff {GOOD}\n", MODEL, form) == MODEL.model_validate(answer())


@pytest.mark.parametrize(
    "text",
    [
        f"Here you are:\n```json\n{GOOD}\n```\nAnything else?",
        f'I use {{braces}} and "quotes. {GOOD}',
        f'{{"draft": 1}} no, rather {GOOD}',
        f'<think>{{"lighting": unclear</think>{GOOD}',
        f"[{GOOD}]",
    ],
)
def test_an_answer_among_prose_is_found_in_plain_text_alone(text: str) -> None:
    assert parse(text, MODEL, "text") == MODEL.model_validate(answer())
    assert isinstance(parse(text, MODEL, "schema"), Problem)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "JSON"),
        ("The picture is fine.", "JSON"),
        ("null", "JSON|schema"),
        (GOOD[:-40], "JSON"),
        (str(answer()), "JSON"),
        (GOOD.replace("0.75", "NaN"), "NaN is no number"),
        (GOOD.replace("0.75", "-Infinity"), "-Infinity is no number"),
        (GOOD.replace("0.75", "1e999"), "confidence"),
        (GOOD.replace("0.75", "9" * 5000), "JSON"),
        (GOOD.replace("0.75", "9" * 4000), "confidence"),
        (GOOD[:-1] + ', "whole": {}}', "'whole' stands twice"),
        (GOOD.replace('"present"', '"PRESENT!"'), "lighting.verdict"),
        ("{}", "and 3 more|no JSON object"),
        ('{"a":' * 100_000, "far too"),
        ('{"a":"}",' * 9_000, "far too"),
        ("[" * 400 + "]" * 400, "JSON|schema"),
        ('{"a":' * 400 + "1" + "}" * 400, "schema"),
        ("x" * 1_000_000, "far too long"),
    ],
)
def test_problems_are_said_in_words(form: AnswerForm, text: str, words: str) -> None:
    problem = parse(text, MODEL, form)
    assert isinstance(problem, Problem)
    assert any(word in problem.words for word in words.split("|"))
    assert len(problem.words) < 600


def test_half_characters_are_left_out() -> None:
    text = GOOD.replace("The bench", "The \\ud800\\u0000 bench\\udfff")
    found = parse(text, MODEL, "schema")
    assert not isinstance(found, Problem)
    assert found.on("whole").rationale.startswith("The bench throws")


def test_a_problem_never_carries_what_cannot_be_stored() -> None:
    text = json.dumps(answer() | {"\ud800\x07key": 1})
    problem = parse(text, MODEL, "schema")
    assert isinstance(problem, Problem)
    assert problem.words.encode().isascii()


@given(text=st.text(max_size=200), form=st.sampled_from(FORMS))
def test_any_text(text: str, form: AnswerForm) -> None:
    assert isinstance(parse(text, MODEL, form), Problem)
