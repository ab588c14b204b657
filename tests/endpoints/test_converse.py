"""Many dialogues at once: results in order, failures as values, ends that keep what was paid."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from upath import UPath

from endpoints import purchase
from endpoints.account import Account
from endpoints.converse import converse
from endpoints.dialogue import ChatAnswer, Dialogue, Outcome
from endpoints.errors import AnswerLost, BadAnswer, EndpointError, Refused
from endpoints.ledger import State
from endpoints.local_behaviour import Behaviour
from endpoints.local_chat import Canned
from endpoints.local_server import LocalServer
from schemas.errors import BudgetReached, StorageError
from tests.endpoints.questions import PRICE, asked, asked_twice, dialogues, model, question

FAULTY = Behaviour(
    refusals=0.1,
    broken=0.05,
    garbled=0.05,
    declines=0.1,
    malformed=0.1,
    wrong_enums=0.1,
    expressions=0.1,
    rate_limits=0.2,
    unavailable=0.1,
    retry_after="0.01",
)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purchase, "backoff", lambda attempt: 0.0)


def test_results_come_in_order_whatever_becomes_of_their_questions(tmp_path: Path) -> None:
    with LocalServer(FAULTY) as server:
        runs = [
            list(converse(Account(UPath(tmp_path)), model(server), dialogues(200), 32))
            for _ in range(2)
        ]
        assert set(server.charged.values()) == {1}
    for rows in runs:
        assert [number for number, _ in rows] == list(range(200))
    first, again = runs
    for (_, one), (_, other) in zip(first, again, strict=True):
        # A lost answer is told at greater length the second time.
        assert str(other).startswith(str(one))
    kinds = {type(outcome) for _, outcome in first}
    assert kinds == {ChatAnswer, Refused, AnswerLost, BadAnswer}


def test_a_dialogue_may_ask_again_and_is_answered_to_its_own_question() -> None:
    def talk(request: Mapping[str, Any]) -> str:
        said: str = request["messages"][0]["content"][0]["text"]
        return f"{{{said}}}" if said.startswith("Once more") else f"no JSON: {said}"

    with LocalServer(chat=talk) as server:
        twice = (asked_twice(number) for number in range(50))
        rows = list(converse(Account(), model(server), twice, 8))
        assert server.charged.total() == 100
    for number, outcome in rows:
        assert isinstance(outcome, ChatAnswer)
        assert outcome.text == f"{{Once more: {number}}}"


def test_dialogues_that_ask_nothing_and_none_at_all() -> None:
    def silent(number: int) -> Dialogue[int]:
        if number < 0:
            yield question(number)
        return number

    with LocalServer() as server:
        assert list(converse(Account(), model(server), (silent(n) for n in range(5)), 2)) == [
            *range(5)
        ]
        assert list(converse(Account(), model(server), iter(()), 2)) == []
        assert not server.statuses


def test_equal_questions_of_several_dialogues_are_bought_once() -> None:
    with LocalServer(Behaviour(latency=0.02)) as server:
        same = (asked(number % 3) for number in range(30))
        rows = list(converse(Account(), model(server), same, 16))
        assert server.charged.total() == 3
    assert len({str(outcome) for _, outcome in rows}) == 3


def test_no_more_is_read_ahead_or_under_way_than_permitted() -> None:
    read, most, under_way, lock = 0, 0, 0, threading.Lock()

    def talk(request: Mapping[str, Any]) -> str:
        nonlocal most, under_way
        with lock:
            under_way += 1
            most = max(most, under_way)
        threading.Event().wait(0.01)
        with lock:
            under_way -= 1
        return "yes"

    def counted() -> Iterator[Dialogue[tuple[int, Outcome]]]:
        nonlocal read
        for number in range(100):
            read += 1
            yield asked(number)

    with LocalServer(chat=talk) as server:
        results = converse(Account(), model(server), counted(), 5)
        assert next(results)[0] == 0
        assert read <= 10
        assert len(list(results)) == 99
    assert 2 <= most <= 5


def test_a_budget_ends_it_after_what_was_bought_and_a_larger_one_goes_on(tmp_path: Path) -> None:
    with LocalServer() as server:
        asking = model(server)
        one = next(iter(converse(Account(), asking, dialogues(1), 1)))[1]
        assert isinstance(one, ChatAnswer)
        assert one.dollars is not None
        results = converse(Account(UPath(tmp_path), 0.01), asking, dialogues(500), 4)
        with pytest.raises(BudgetReached, match="Raise the budget"):
            list(results)
        charged = server.charged.total() - 1
        spent = Account(UPath(tmp_path)).spending()
        assert spent.dollars <= 0.01
        assert spent.requests == {State.ANSWERED: charged}
        again = list(converse(Account(UPath(tmp_path), 5.0), asking, dialogues(500), 64))
        assert len(again) == 500
        # The first question of all was asked from another account.
        assert sorted(set(server.charged.values())) == [1, 2]
        assert server.charged.total() == 501


def test_results_before_an_error_come_before_it() -> None:
    def clumsy(number: int) -> Dialogue[int]:
        yield question(number)
        if number == 7:
            raise KeyError("the eighth")
        return number

    with LocalServer(Behaviour(latency=0.01)) as server:
        results = converse(Account(), model(server), (clumsy(n) for n in range(1000)), 4)
        assert [next(results) for _ in range(7)] == list(range(7))
        with pytest.raises(KeyError, match="the eighth"):
            next(results)
        assert server.charged.total() <= 7 + 8


def test_what_is_under_way_reaches_the_ledger_when_nobody_asks_any_more(tmp_path: Path) -> None:
    with LocalServer(Behaviour(latency=0.05)) as server:
        results = converse(Account(UPath(tmp_path)), model(server), dialogues(100), 8)
        assert isinstance(results, Generator)
        next(results)
        results.close()
        assert Account(UPath(tmp_path)).spending().requests == {
            State.ANSWERED: server.charged.total()
        }
        assert server.charged.total() < 30


def test_an_endpoint_that_refuses_the_key_ends_it_and_nothing_is_paid(tmp_path: Path) -> None:
    with LocalServer(Behaviour(key="secret")) as server:
        with pytest.raises(EndpointError, match="refuses the key"):
            list(converse(Account(UPath(tmp_path)), model(server), dialogues(100), 8))
        assert not server.charged
    assert Account(UPath(tmp_path)).spending().requests == {}


def test_a_ledger_that_cannot_be_kept_ends_it_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("a file")
    with LocalServer() as server:
        with pytest.raises(StorageError):
            list(converse(Account(UPath(tmp_path / "ledger")), model(server), dialogues(9), 4))
        assert not server.statuses


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalServer() as server:
        pass
    with pytest.raises(EndpointError, match="no connection"):
        list(converse(Account(), model(server), dialogues(3), 2))


def test_an_answer_that_never_comes_is_lost_and_the_others_are_not() -> None:
    answers: list[str | Canned] = [Canned(stalls=True), "one", "two"]
    with LocalServer(answers=answers) as server:
        rows = list(converse(Account(), model(server, timeout=0.3), dialogues(3), 3))
        assert server.charged.total() == 3
    kinds = sorted(type(outcome).__name__ for _, outcome in rows)
    assert kinds == ["AnswerLost", "ChatAnswer", "ChatAnswer"]


def test_a_connection_that_breaks_is_not_taken_for_one_that_was_never_made() -> None:
    with LocalServer(Behaviour(broken=1.0)) as server:
        rows = list(converse(Account(), model(server), dialogues(10), 5))
        assert {type(outcome) for _, outcome in rows} == {AnswerLost}
        assert set(server.charged.values()) == {1}


def test_what_was_lost_is_bought_again_knowingly(tmp_path: Path) -> None:
    account = Account(UPath(tmp_path))
    with LocalServer(answers=[Canned(stalls=True)]) as server:
        asking = model(server, timeout=0.2)
        ((_, lost),) = converse(account, asking, dialogues(1), 1)
        assert isinstance(lost, AnswerLost)
        again = model(server, resend_lost=True)
        ((_, found),) = converse(account, again, dialogues(1), 1)
        assert isinstance(found, ChatAnswer)
        assert server.charged.total() == 2


def test_a_kept_limit_is_followed_from_what_the_headers_say() -> None:
    with LocalServer(Behaviour(requests_per_minute=6_000, burst=1.0, latency=0.05)) as server:
        rows = list(converse(Account(), model(server), dialogues(150), 150))
        assert len(rows) == 150
        assert server.statuses[200] == 150
        assert server.statuses[429] == 0


def test_an_object_store_keeps_the_ledger_as_well(tmp_path: Path) -> None:
    folder = UPath(f"memory://{tmp_path.name}/ledger")
    with LocalServer() as server:
        for _ in range(2):
            assert len(list(converse(Account(folder), model(server), dialogues(40), 16))) == 40
        assert server.charged.total() == 40


def test_costs_add_up(tmp_path: Path) -> None:
    with LocalServer() as server:
        rows = list(converse(Account(UPath(tmp_path)), model(server), dialogues(20), 8))
    dollars = 0.0
    for _, outcome in rows:
        assert isinstance(outcome, ChatAnswer)
        tokens = outcome.tokens
        assert outcome.dollars == pytest.approx(
            (tokens.text_in * PRICE.text_in + tokens.text_out * PRICE.text_out) / 1e6
        )
        dollars += outcome.dollars or 0.0
    assert Account(UPath(tmp_path)).spending().dollars == pytest.approx(dollars)
