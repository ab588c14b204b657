"""A model writes prompts over HTTP: parsed, linted, asked once more, and rejected with a reason."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from PIL import Image

from endpoints.account import Account
from endpoints.errors import EndpointError
from endpoints.local_behaviour import Behaviour
from endpoints.local_server import LocalServer
from generators.prompts.asking import PromptTask, Written, write_prompts
from generators.prompts.instructing import facts, instructions_for
from schemas.errors import BudgetReached
from schemas.job import Rejection
from schemas.recipe.prompts import WrittenPrompts
from schemas.vocabulary import OPERATIONS, Domain
from tests.generators.pictures import photograph

PIXELS = photograph("coffee", 1000)
Talk = Callable[[Mapping[str, Any]], str]


def task(number: int = 0, operation: str = "inpaint_object") -> PromptTask:
    mask = np.zeros(PIXELS.shape[:2], np.bool_)
    mask[:200, :300] = True
    return PromptTask(f"job-{number}", operation, Domain.NATURAL, PIXELS, "mug", mask, number)


def written(server: LocalServer, **more: Any) -> WrittenPrompts:
    told = {"kind": "mllm", "model": "seer", "base_url": server.base_url, "api_key_env": ""}
    return WrittenPrompts.model_validate(told | more)


def said(prompt: str) -> str:
    return json.dumps({"prompt": prompt})


def texts(request: Mapping[str, Any]) -> tuple[str, str]:
    """What the system says, and what the user says."""
    system, user = request["messages"]
    return system["content"], user["content"][0]["text"]


def answers(talk: Talk, *tasks: PromptTask, **more: Any) -> list[Written | Rejection]:
    with LocalServer(chat=talk) as server:
        return list(write_prompts(Account(), written(server, **more), tasks))


def test_it_is_shown_the_picture_and_told_object_and_place() -> None:
    seen: list[Mapping[str, Any]] = []

    def talk(request: Mapping[str, Any]) -> str:
        seen.append(request)
        return said("  a blue\nceramic teapot ")

    (answer,) = answers(talk, task())
    assert isinstance(answer, Written)
    assert answer.prompt == "a blue ceramic teapot"
    assert answer.job_id == "job-0"
    assert answer.model == "seer"
    assert answer.instructions.startswith("inpaint_object-")
    assert not answer.repaired
    system, user = texts(seen[0])
    assert "at most 300 characters" in system
    assert "The object: mug." in user
    assert "The place: in the upper left (x 0–30 %, y " in user
    assert seen[0]["response_format"]["json_schema"]["strict"] is True
    url = seen[0]["messages"][1]["content"][1]["image_url"]["url"]
    with Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) as shown:
        assert shown.format == "JPEG"
        assert max(shown.size) == 768


@pytest.mark.parametrize(
    ("first", "problem"),
    [
        (said("a fake teapot"), "it says fake"),
        (said("x" * 301), "it has 301 characters; 300 are allowed"),
        (said(""), "it is empty"),
        ('{"prompt": 7}', "does not fit the schema"),
        ('{"prompt": "a", "more": 1}', "does not fit the schema"),
        ("a teapot", "is no JSON"),
        ('["a teapot"]', "does not fit the schema"),
    ],
)
def test_an_answer_that_cannot_be_used_is_asked_for_once_more(first: str, problem: str) -> None:
    seen: list[str] = []

    def talk(request: Mapping[str, Any]) -> str:
        seen.append(texts(request)[1])
        return first if len(seen) == 1 else said("a brown teapot")

    (answer,) = answers(talk, task())
    assert isinstance(answer, Written)
    assert (answer.prompt, answer.repaired) == ("a brown teapot", True)
    assert problem in seen[1]
    assert seen[1].startswith(seen[0])


def test_what_is_wrong_twice_is_rejected() -> None:
    (answer,) = answers(lambda request: said("a deepfake"), task())
    assert answer == Rejection("job-0", "prompt_unusable", "asked twice; at last it says deepfake")


def test_an_excuse_is_a_refusal_and_not_a_prompt() -> None:
    (answer,) = answers(lambda request: said("I'm sorry, I can't help with that."), task())
    assert isinstance(answer, Rejection)
    assert answer.reason == "prompt_refused"


def test_what_the_endpoint_refuses_is_rejected_and_the_rest_goes_on() -> None:
    tasks = [task(number) for number in range(12)]
    with LocalServer(Behaviour(refusals=0.4), chat=lambda _: said("a jug")) as server:
        found = list(write_prompts(Account(), written(server), tasks))
    assert [answer.job_id for answer in found] == [t.job_id for t in tasks]
    reasons = {answer.reason for answer in found if isinstance(answer, Rejection)}
    assert reasons == {"prompt_refused"}
    assert any(isinstance(answer, Written) for answer in found)


def test_rate_limits_and_overload_are_waited_out() -> None:
    behaviour = Behaviour(rate_limits=0.5, unavailable=0.3)
    with LocalServer(behaviour, chat=lambda _: said("a jug")) as server:
        found = list(write_prompts(Account(), written(server), [task(n) for n in range(8)]))
    assert all(isinstance(answer, Written) for answer in found)


def test_an_answer_that_was_lost_is_not_paid_for_again() -> None:
    account = Account()
    with LocalServer(Behaviour(broken=1.0), chat=lambda _: said("a jug")) as server:
        for _ in range(2):
            (answer,) = write_prompts(account, written(server), [task()])
            assert isinstance(answer, Rejection)
            assert answer.reason == "answer_lost"
        assert sum(server.charged.values()) == 1


def test_equal_questions_are_bought_once_and_draws_tell_them_apart() -> None:
    account = Account()
    with LocalServer(chat=lambda request: said(f"a jug no. {len(texts(request)[1])}")) as server:
        for _ in range(2):
            list(write_prompts(account, written(server), [task(0), task(1)]))
        assert sum(server.charged.values()) == 2


def test_the_budget_ends_it() -> None:
    with LocalServer(chat=lambda _: said("a jug")) as server:
        source = written(server, dollars_per_million=(1000.0, 1000.0), concurrency=1)
        with pytest.raises(BudgetReached):
            list(write_prompts(Account(budget=3.0), source, [task(n) for n in range(5)]))
        with pytest.raises(EndpointError, match="nobody knows what seer costs"):
            list(write_prompts(Account(budget=3.0), written(server), [task()]))


def test_costs_are_kept() -> None:
    with LocalServer(chat=lambda _: said("a jug")) as server:
        priced = written(server, dollars_per_million=(2.0, 8.0))
        (answer,) = write_prompts(Account(), priced, [task()])
        assert isinstance(answer, Written)
        assert answer.dollars is not None
        assert answer.dollars > 0
        (free,) = write_prompts(Account(), written(server), [task(1)])
        assert isinstance(free, Written)
        assert free.dollars is None


@pytest.mark.parametrize("operation", [*OPERATIONS, "an_operation_of_a_plugin"])
def test_every_operation_has_instructions(operation: str) -> None:
    for domain in Domain:
        told = instructions_for(operation, domain, 200)
        assert "200 characters" in told.text
        assert "{characters}" not in told.text
        name, _, version = told.version.rpartition("-")
        assert name
        assert len(version) == 10


def test_the_version_follows_the_text_and_not_the_length() -> None:
    one = instructions_for("instruct_edit", Domain.NATURAL, 200)
    assert one.version == instructions_for("instruct_edit", Domain.DOCUMENT, 300).version
    assert one.version != instructions_for("inpaint_remove", Domain.NATURAL, 200).version
    on_pages = instructions_for("inpaint_object", Domain.DOCUMENT, 200)
    assert on_pages.version.startswith("text-")


def test_a_job_without_a_place_or_an_object() -> None:
    assert facts("text_to_image", None, None) == "To be done: text to image.\nWrite the prompt."
    assert facts("odd_thing", None, np.zeros((4, 4), np.bool_)).startswith("To be done: odd thing.")
