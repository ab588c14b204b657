"""The fake model: answers that fit, answers that do not, answers that were laid ready."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from endpoints.account import Account
from endpoints.call import parsed
from endpoints.converse import converse
from endpoints.dialogue import ChatAnswer, Outcome
from endpoints.errors import BadAnswer, EndpointError, Refused
from endpoints.local_behaviour import Behaviour
from endpoints.local_chat import Canned, instance_of
from endpoints.local_server import LocalServer
from tests.endpoints.questions import dialogues, model


def outcomes(server: LocalServer, count: int, width: int = 4) -> list[Outcome]:
    return [outcome for _, outcome in converse(Account(), model(server), dialogues(count), width)]


def texts(server: LocalServer, count: int) -> list[str]:
    found = outcomes(server, count)
    assert all(isinstance(outcome, ChatAnswer) for outcome in found)
    return [outcome.text for outcome in found if isinstance(outcome, ChatAnswer)]


def test_answers_fit_their_schema_and_follow_from_the_question() -> None:
    with LocalServer() as server:
        first, again = texts(server, 20), texts(server, 20)
    assert first == again
    assert len(set(first)) == 20
    for text in first:
        said = json.loads(text)
        assert said["verdict"] in ("present", "absent", "unsure")
        assert len(said["boxes"]) == 4
        assert said.keys() == {"verdict", "rationale", "boxes", "sure"}


def test_schemas_with_references() -> None:
    schema = {
        "type": "object",
        "properties": {
            "found": {"type": "array", "items": {"$ref": "#/$defs/cue"}, "minItems": 2},
            "none": {"anyOf": [{"type": "null"}, {"type": "string"}]},
        },
        "$defs": {"cue": {"type": "object", "properties": {"kind": {"const": "edge"}}}},
    }
    made = instance_of(schema, np.random.default_rng(0))
    assert made == {"found": [{"kind": "edge"}, {"kind": "edge"}], "none": None}


@pytest.mark.parametrize("behaviour", [Behaviour(malformed=1.0), Behaviour(expressions=1.0)])
def test_text_that_is_no_json(behaviour: Behaviour) -> None:
    with LocalServer(behaviour) as server:
        assert [parsed(text.encode()) for text in texts(server, 20)] == [None] * 20
        assert server.charged.total() == 20


def test_values_that_nobody_knows() -> None:
    with LocalServer(Behaviour(wrong_enums=1.0)) as server:
        assert {json.loads(text)["verdict"] for text in texts(server, 5)} == {"no_such_value"}


def test_lies_are_another_value_or_what_the_test_makes_of_the_truth() -> None:
    def truth(request: Mapping[str, Any]) -> str:
        return '{"verdict": "absent"}'

    with LocalServer(Behaviour(lies=1.0), truth) as server:
        assert texts(server, 3) == ['{"verdict": "unsure"}'] * 3
    with LocalServer(Behaviour(lies=0.5), truth, lies=lambda request, text: text * 2) as server:
        assert set(texts(server, 40)) == {'{"verdict": "absent"}', '{"verdict": "absent"}' * 2}


def test_refusals_in_place_of_the_text() -> None:
    with LocalServer(Behaviour(declines=1.0)) as server:
        (outcome,) = outcomes(server, 1)
        assert isinstance(outcome, Refused)
        assert "can't help" in outcome.detail


def test_answers_that_are_laid_ready_come_first_and_in_turn() -> None:
    ready: list[str | Canned] = [
        "one",
        Canned(refusal="no"),
        Canned("cut", finish="length"),
        Canned("busy", status=503),
    ]
    with LocalServer(answers=ready) as server:
        found = outcomes(server, 4, width=1)
        assert server.statuses == {200: 4, 503: 1}
    assert [type(outcome) for outcome in found] == [ChatAnswer, Refused, BadAnswer, ChatAnswer]


def test_an_answer_laid_ready_may_end_the_run() -> None:
    with LocalServer(answers=[Canned("who are you?", status=401)]) as server:
        with pytest.raises(EndpointError, match="who are you"):
            outcomes(server, 1)
        assert not server.charged


def test_a_thousand_connections_at_once() -> None:
    with LocalServer(Behaviour(latency=0.3)) as server:
        results = converse(Account(), model(server), dialogues(1_100), 1_024)
        assert sum(isinstance(outcome, ChatAnswer) for _, outcome in results) == 1_100
        assert set(server.charged.values()) == {1}


def test_it_ends_while_somebody_waits_for_an_answer_that_never_comes() -> None:
    with LocalServer(Behaviour(stalls=1.0)) as server:
        port = int(server.base_url.rpartition(":")[2].removesuffix("/v1"))
        with socket.create_connection(("127.0.0.1", port)) as waiting:
            body = b'{"messages": [{"role": "user", "content": "?"}]}'
            head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
            waiting.sendall(head % len(body) + body)
            while not server.charged:
                pass
