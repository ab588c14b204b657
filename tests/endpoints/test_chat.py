"""How questions are spelt, and what becomes of answers that are not what was asked for."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoints.account import Account
from endpoints.call import Answer, parsed
from endpoints.chat import Chat, ChatModel
from endpoints.client import Endpoint
from endpoints.dialogue import ChatAnswer, Message, Question
from endpoints.errors import BadAnswer, EndpointError, Refused, RequestFailed
from endpoints.prices import Price
from tests.endpoints.questions import PICTURE, SCHEMA

ENDPOINT = Endpoint("rater", "http://127.0.0.1:9/v1", api_key_env="")
QUESTION = Question(
    (Message("system", "You judge pictures."), Message("user", 'What of "édges"?', (PICTURE,))),
    SCHEMA,
)


def chat(**settings: Any) -> Chat:
    return Chat(Account(), ChatModel(ENDPOINT, **settings))


def answer(data: Any) -> Answer:
    return Answer("key", data, 0.5, None)


def said(text: Any, **choice: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": text}, **choice}], "model": "rater-2"}


def test_the_bytes_are_what_a_json_encoder_would_make() -> None:
    asking = chat(temperature=0.0, most_tokens=50, extra={"top_p": 0.5})
    sent = json.loads(asking.body(QUESTION))
    assert sent == {
        "model": "rater",
        "temperature": 0.0,
        "max_completion_tokens": 50,
        "top_p": 0.5,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True},
        },
        "messages": [
            {"role": "system", "content": "You judge pictures."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": 'What of "édges"?'},
                    {
                        "type": "image_url",
                        "image_url": {
                            "url": f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"
                        },
                    },
                ],
            },
        ],
    }


@pytest.mark.parametrize(("form", "expected"), [("json", {"type": "json_object"}), ("text", None)])
def test_models_that_know_no_schemas_are_not_sent_one(form: Any, expected: Any) -> None:
    sent = json.loads(chat().body(replace(QUESTION, form=form)))
    assert sent.get("response_format") == expected


@given(st.text(), st.binary(max_size=200))
def test_whatever_is_said_arrives(text: str, image: bytes) -> None:
    question = Question((Message("user", text, (image,)),))
    (message,) = json.loads(chat().body(question))["messages"]
    assert message["content"][0]["text"] == text
    encoded = message["content"][1]["image_url"]["url"].partition(",")[2]
    assert base64.b64decode(encoded) == image


def test_the_ledger_keeps_pictures_by_their_hashes() -> None:
    call = chat().call(QUESTION)
    assert [len(digest) for digest in call.payload["messages"][1]["images_sha256"]] == [64]
    assert base64.b64encode(PICTURE).decode() not in json.dumps(call.payload)


def test_other_pictures_forms_and_draws_are_other_questions() -> None:
    other = Question((Message("user", 'What of "édges"?', (PICTURE + b"\0",)),), SCHEMA)
    questions = [QUESTION, other, replace(QUESTION, draw=1), replace(QUESTION, form="json")]
    assert len({chat().call(question).key for question in questions}) == len(questions)
    assert chat().call(QUESTION).key == chat().call(replace(QUESTION)).key


def test_an_answer_says_who_gave_it_and_what_it_cost() -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 10}
    given_ = chat(price=Price(text_in=1, text_out=4)).outcome(
        answer(said("yes") | {"usage": usage})
    )
    assert isinstance(given_, ChatAnswer)
    assert (given_.text, given_.model, given_.dollars, given_.key) == ("yes", "rater-2", 0.5, "key")
    assert (given_.tokens.text_in, given_.tokens.text_out) == (100, 10)
    free = chat().outcome(answer(said("yes")))
    assert isinstance(free, ChatAnswer)
    assert free.dollars is None


@pytest.mark.parametrize(
    "data",
    [
        None,
        "text",
        [1],
        {},
        {"choices": []},
        {"choices": [None]},
        {"choices": [{"message": None}]},
        {"choices": {"0": 1}},
        said(None),
        said("  "),
        said(["a", "list"]),
        said("cut", finish_reason="length"),
    ],
)
def test_what_holds_no_text(data: Any) -> None:
    assert isinstance(chat().outcome(answer(data)), BadAnswer)


def test_refusals_come_in_two_ways() -> None:
    refusal = {"choices": [{"message": {"content": None, "refusal": "I cannot."}}]}
    for data in (refusal, said("", finish_reason="content_filter")):
        end = chat().outcome(answer(data))
        assert isinstance(end, Refused)
        assert end.reason == "refused_by_moderation"


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
NAMES = ("choices", "message", "content", "refusal", "finish_reason", "usage", "model", "data")
NEARLY = st.recursive(
    JSON,
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner) | st.lists(inner, max_size=2),
    max_leaves=12,
)


@given(NEARLY)
def test_whatever_a_server_sends_is_an_outcome(data: Any) -> None:
    asking = chat(price=Price(text_in=1, text_out=4))
    assert isinstance(asking.outcome(answer(data)), ChatAnswer | RequestFailed)
    cost = asking.cost(data)
    assert cost is None or cost >= 0


def test_bodies_that_no_parser_survives_are_no_json() -> None:
    assert parsed(b"[" * 200_000) is None
    assert parsed(b"1" * 10_000) is None
    assert parsed(b"\xff\xfe") is None


def test_half_characters_become_whole_ones() -> None:
    end = chat().outcome(answer(parsed(b'{"choices": [{"message": {"content": "a\\ud800b"}}]}')))
    assert isinstance(end, ChatAnswer)
    assert end.text.encode() == b"a?b"


def test_a_budget_wants_a_price() -> None:
    with pytest.raises(EndpointError, match="nobody knows what rater costs"):
        Chat(Account(budget=1.0), ChatModel(ENDPOINT))
    Chat(Account(budget=1.0), ChatModel(ENDPOINT, price=Price()))
