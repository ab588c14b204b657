"""Questions to a language model: bought once, with pictures, answered by data that fits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from upath import UPath

from endpoints.account import Account
from endpoints.chat import BadAnswer, ChatModel, Message, ask
from endpoints.client import Endpoint
from endpoints.errors import EndpointError, Refused
from endpoints.local_behaviour import Behaviour
from endpoints.local_server import LocalServer
from endpoints.prices import Price
from storage.codecs import encode_png
from tests.generators.pictures import noise

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "verdict": {"type": "string", "enum": ["present", "absent", "unsure"]},
        "rationale": {"type": "string"},
        "boxes": {"type": "array", "items": {"type": "number"}, "minItems": 4},
        "sure": {"type": "boolean"},
    },
    "required": ["verdict", "rationale", "boxes", "sure"],
    "additionalProperties": False,
}


def model(server: LocalServer, **settings: Any) -> ChatModel:
    return ChatModel(Endpoint("rater", server.base_url, api_key_env=""), **settings)


def test_an_answer_fits_its_schema_and_is_bought_once(tmp_path: Path) -> None:
    question = [
        Message("system", "You judge pictures."),
        Message("user", "What of the edges?", (encode_png(noise(48, 64)),)),
    ]
    with LocalServer() as server:
        asked = model(server, price=Price(text_in=1, text_out=4))
        first, again, other = (
            ask(Account(UPath(tmp_path)), asked, question, schema=SCHEMA, draw=number)
            for number in (0, 0, 1)
        )
        assert first == again
        assert first.data != other.data
        assert first.data["verdict"] in ("present", "absent", "unsure")
        assert len(first.data["boxes"]) == 4
        assert first.dollars == pytest.approx(
            (first.tokens.text_in + 4 * first.tokens.text_out) / 1e6
        )
        assert server.charged.total() == 2


def test_another_picture_is_another_question_and_none_is_in_the_ledger(tmp_path: Path) -> None:
    with LocalServer() as server:
        for side in (32, 48):
            picture = encode_png(noise(side, side))
            ask(Account(UPath(tmp_path)), model(server), [Message("user", "?", (picture,))])
        assert server.charged.total() == 2
    entries = [json.loads(path.read_text()) for path in tmp_path.rglob("*.json")]
    assert len(entries) == 2
    for entry in entries:
        (message,) = entry["payload"]["messages"]
        assert message["text"] == "?"
        assert [len(digest) for digest in message["images_sha256"]] == [64]


def test_the_request_is_what_the_protocol_wants() -> None:
    seen: list[Mapping[str, Any]] = []

    def chat(request: Mapping[str, Any]) -> str:
        seen.append(request)
        return "a red jug"

    with LocalServer(chat=chat) as server:
        asked = model(server, temperature=0.0, most_tokens=50)
        answer = ask(Account(), asked, [Message("user", "Say", (encode_png(noise(16, 16)),))])
    assert (answer.text, answer.data, answer.dollars) == ("a red jug", None, None)
    (request,) = seen
    assert (request["temperature"], request["max_completion_tokens"]) == (0.0, 50)
    text, image = request["messages"][0]["content"]
    assert text == {"type": "text", "text": "Say"}
    assert image["image_url"]["url"].startswith("data:image/png;base64,iVBOR")


@pytest.mark.parametrize("text", ["no JSON", '{"cut": ', "   "])
def test_what_is_not_what_was_asked_for(text: str, tmp_path: Path) -> None:
    with LocalServer(chat=lambda request: text) as server:
        for _ in range(2):
            with pytest.raises(BadAnswer):
                ask(
                    Account(UPath(tmp_path)),
                    model(server),
                    [Message("user", "?")],
                    schema=SCHEMA,
                )
        assert server.charged.total() == 1


def test_a_refusal() -> None:
    with LocalServer(Behaviour(refusals=1)) as server, pytest.raises(Refused):
        ask(Account(), model(server), [Message("user", "?")])


def test_a_budget_wants_a_price() -> None:
    with LocalServer() as server:
        with pytest.raises(EndpointError, match="nobody knows what rater costs"):
            ask(Account(budget=1.0), model(server), [Message("user", "?")])
        ask(Account(budget=1.0), model(server, price=Price()), [Message("user", "?")])
