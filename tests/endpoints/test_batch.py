"""Dialogues by batches: half the price, what expired again, and no batch submitted twice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from upath import UPath

from endpoints import batch_desk, batch_file
from endpoints.account import Account
from endpoints.batch import converse_by_batch
from endpoints.batch_service import BatchService
from endpoints.converse import converse
from endpoints.dialogue import ChatAnswer, Dialogue, Outcome
from endpoints.errors import AnswerLost, EndpointError, Refused
from endpoints.ledger import State
from endpoints.local_behaviour import Behaviour
from endpoints.local_server import LocalServer
from schemas.errors import BudgetReached
from tests.endpoints.questions import PRICE, asked, asked_twice, dialogues, model


class Killed(BaseException):
    """The process ends."""


@pytest.fixture(autouse=True)
def _impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_desk, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(batch_desk, "LONGEST_PAUSE", 0.02)


@pytest.fixture
def place(tmp_path: Path) -> UPath:
    """A folder for files of requests."""
    return UPath(tmp_path / "batches")


def rows_of(
    account: Account, server: LocalServer, place: UPath, count: int, **settings: Any
) -> list[tuple[int, Outcome]]:
    return list(converse_by_batch(account, model(server, **settings), dialogues(count), place))


def test_what_expires_and_fails_is_asked_again_and_nothing_is_paid_twice(
    place: UPath, tmp_path: Path
) -> None:
    behaviour = Behaviour(refusals=0.3, malformed=0.1, expired=0.2, failing=0.2, batch_seconds=0.03)
    account = Account(UPath(tmp_path / "ledger"), budget=1.0)
    with LocalServer(behaviour) as server:
        twice = (asked_twice(number) for number in range(100))
        rows = list(converse_by_batch(account, model(server), twice, place))
        assert set(server.charged.values()) == {1}
        charged = server.charged.total()
        again = (asked_twice(number) for number in range(100))
        assert [str(row) for row in converse_by_batch(account, model(server), again, place)] == [
            str(row) for row in rows
        ]
        assert server.charged.total() == charged
    assert [number for number, _ in rows] == list(range(100))
    assert {type(outcome) for _, outcome in rows} == {ChatAnswer, Refused}
    assert charged > sum(isinstance(outcome, ChatAnswer) for _, outcome in rows)
    assert not list(place.iterdir())


def test_it_costs_half(place: UPath) -> None:
    with LocalServer() as server:
        ((_, outcome),) = rows_of(Account(), server, place, 1)
    assert isinstance(outcome, ChatAnswer)
    tokens = outcome.tokens
    full = (tokens.text_in * PRICE.text_in + tokens.text_out * PRICE.text_out) / 1e6
    assert outcome.dollars == pytest.approx(full / 2)


def test_answers_are_shared_with_those_who_ask_at_once(place: UPath) -> None:
    account = Account()
    with LocalServer() as server:
        live = list(converse(account, model(server), dialogues(5), 5))
        batched = rows_of(account, server, place, 10)
        assert server.charged.total() == 10
        more = list(converse(account, model(server), dialogues(10), 5))
        assert server.charged.total() == 10
    assert batched[:5] == live
    assert more == batched


def test_files_keep_to_the_limits_of_the_service(
    place: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_file, "MOST_REQUESTS", 7)
    sizes: list[int] = []
    upload = BatchService.upload

    def measured(self: BatchService, path: Path) -> str:
        sizes.append(len(path.read_bytes().splitlines()))
        return upload(self, path)

    monkeypatch.setattr(BatchService, "upload", measured)
    with LocalServer(Behaviour(batch_seconds=0.05)) as server:
        assert len(rows_of(Account(), server, place, 40)) == 40
        assert server.charged.total() == 40
    assert sizes == [7, 7, 7, 7, 7, 5]


def test_large_requests_make_files_of_their_own(
    place: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_file, "MOST_BYTES", 1_000)
    with LocalServer() as server:
        assert len(rows_of(Account(), server, place, 3)) == 3


def test_a_queue_that_is_full_is_waited_for(place: UPath) -> None:
    with LocalServer(Behaviour(batches_rejected=3)) as server:
        assert len(rows_of(Account(), server, place, 5)) == 5
        assert set(server.charged.values()) == {1}


def test_equal_questions_of_several_dialogues_are_bought_once(place: UPath) -> None:
    with LocalServer() as server:
        same = (asked(number % 3) for number in range(30))
        assert len(list(converse_by_batch(Account(), model(server), same, place))) == 30
        assert server.charged.total() == 3


def _kept(made: list[batch_file.BatchFile], *told: Any) -> batch_file.BatchFile:
    made.append(batch_file.BatchFile(*told))
    return made[-1]


@pytest.mark.parametrize("moment", ["upload", "create", "submitted", "standing"])
def test_a_process_that_is_killed_finds_its_batch_again(
    moment: str, place: UPath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the file is uploaded, before and after the batch is created, and later."""
    folder, remove = UPath(tmp_path / "ledger"), batch_file.BatchFile.remove

    def killed(*_: Any) -> None:
        raise Killed

    def abandoned(self: batch_desk.BatchDesk) -> None:
        for opened in made:
            remove(opened)

    made: list[batch_file.BatchFile] = []
    with LocalServer(Behaviour(batch_seconds=0.05, expired=0.2)) as server:
        with monkeypatch.context() as patch:
            patch.setattr(batch_desk, "BatchFile", lambda *told: _kept(made, *told))
            # Nothing is tidied up, but that Python minds open files.
            patch.setattr("endpoints.batch_desk.BatchDesk.close", abandoned)
            if moment == "submitted":
                patch.setattr("endpoints.batch_book.BatchBook.submitted", killed)
            else:
                patch.setattr(BatchService, moment, killed)
            with pytest.raises(Killed):
                rows_of(Account(folder), server, place, 20)
        rows = rows_of(Account(folder, budget=1.0), server, place, 30)
        assert [number for number, _ in rows] == list(range(30))
        assert all(isinstance(outcome, ChatAnswer) for _, outcome in rows)
        assert set(server.charged.values()) == {1}
    states = Account(folder).spending().requests
    assert states.keys() == {State.ANSWERED}


def test_while_another_process_is_submitting_nobody_else_does(
    place: UPath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, inner = UPath(tmp_path / "ledger"), list[tuple[int, Outcome] | None]()
    upload = BatchService.upload

    def meanwhile(self: BatchService, path: Path) -> str:
        if not inner:
            inner.append(None)
            with monkeypatch.context() as patch:
                patch.setattr("os.getpid", lambda: 0)
                inner.extend(rows_of(Account(folder), server, place, 3))
        return upload(self, path)

    with LocalServer() as server:
        monkeypatch.setattr(BatchService, "upload", meanwhile)
        rows = rows_of(Account(folder), server, place, 3)
        assert set(server.charged.values()) == {1}
    assert all(isinstance(outcome, ChatAnswer) for _, outcome in rows)
    assert [type(row[1]) for row in inner if row] == [AnswerLost] * 3


def test_those_who_ask_at_once_leave_a_batch_alone(place: UPath, tmp_path: Path) -> None:
    folder = UPath(tmp_path / "ledger")
    with LocalServer(Behaviour(batch_seconds=60)) as server:
        results = converse_by_batch(Account(folder), model(server), dialogues(2), place)
        with pytest.raises(Killed):
            _until_submitted(results, server)
        ((_, live),) = converse(Account(folder), model(server), dialogues(1), 1)
        assert isinstance(live, AnswerLost)
        assert "in a batch" in live.detail
        assert not server.charged
    assert Account(folder).spending().requests[State.SENT] >= 2


def _until_submitted(results: Any, server: LocalServer) -> None:
    with pytest.MonkeyPatch.context() as patch:

        def killed(*_: Any) -> None:
            raise Killed

        patch.setattr("endpoints.batch_desk.BatchDesk.look", killed)
        next(results)


def _gather(results: Iterator[Any], into: list[Any]) -> None:
    for row in results:
        into.append(row)


def test_a_budget_ends_it_after_what_fits(place: UPath, tmp_path: Path) -> None:
    folder = UPath(tmp_path / "ledger")
    with LocalServer() as server:
        results = converse_by_batch(Account(folder, 0.005), model(server), dialogues(50), place)
        done: list[Any] = []
        with pytest.raises(BudgetReached):
            _gather(results, done)
        assert 0 < len(done) < 50
        assert server.charged.total() == len(done)
        assert Account(folder).spending().dollars <= 0.005
        rest = rows_of(Account(folder, 1.0), server, place, 50)
        assert rest[: len(done)] == done
        assert server.charged.total() == 50


def test_a_batch_that_is_rejected_for_good_stops_the_run_and_leaves_nothing(
    place: UPath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = UPath(tmp_path / "ledger")
    monkeypatch.setattr(batch_file, "_TAIL", b"\n")
    with LocalServer() as server, pytest.raises(EndpointError, match="a batch was rejected"):
        rows_of(Account(folder), server, place, 3)
    assert Account(folder).spending().requests == {}


def test_an_endpoint_without_batches_stops_the_run(
    place: UPath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = UPath(tmp_path / "ledger")

    def nowhere(self: BatchService, path: Path) -> str:
        raise EndpointError("the endpoint knows no such model or path")

    monkeypatch.setattr(BatchService, "upload", nowhere)
    with LocalServer() as server, pytest.raises(EndpointError, match="cannot be submitted"):
        rows_of(Account(folder), server, place, 3)
    assert Account(folder).spending().requests == {}


def test_a_request_that_never_succeeds_is_given_up_alone(place: UPath) -> None:
    with LocalServer(Behaviour(failing=1.0)) as server:
        # At its first try alone: the second answers.
        assert len(rows_of(Account(), server, place, 3)) == 3


def test_what_a_model_says_by_batch_reaches_its_dialogue(place: UPath) -> None:
    def talk(request: Mapping[str, Any]) -> str:
        said: str = request["messages"][0]["content"][0]["text"]
        return said

    def chained(number: int) -> Dialogue[list[str]]:
        heard = []
        for step in itertools.count():
            _, outcome = yield from asked(100 * number + step)
            assert isinstance(outcome, ChatAnswer)
            heard.append(outcome.text)
            if step == number:
                return heard
        return heard

    with LocalServer(chat=talk) as server:
        found = list(
            converse_by_batch(Account(), model(server), (chained(n) for n in range(4)), place)
        )
    assert [len(heard) for heard in found] == [1, 2, 3, 4]
    assert found[2] == [f"What of the edges? {200 + step}" for step in range(3)]
