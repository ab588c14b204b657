"""No request is paid for twice, whatever happens to the process, the server or the connection."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from upath import UPath

from endpoints import purchase
from endpoints.account import Account
from endpoints.errors import AnswerLost, EndpointError, NotServed, Refused, Stopped, Unserved
from endpoints.ledger import Entry, State
from tests.endpoints.calls import Sender, limits, make_call


class Killed(BaseException):
    """The process ends while a request is under way."""


@pytest.fixture(params=["local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> UPath:
    """A ledger's folder: local, and in a store without renames."""
    if request.param == "local":
        return UPath(tmp_path / "ledger")
    return UPath(f"memory://{tmp_path.name}-{request.node.name}/ledger")


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purchase, "backoff", lambda attempt: 0.0)


def entry_in(folder: UPath, key: str) -> Entry | None:
    """What is on disk of a request, as another process sees it."""
    record = Account(folder).ledger.read(key).result()
    return None if record is None else record.entry


def test_a_request_is_bought_once_in_all_runs(folder: UPath) -> None:
    send = Sender({"dollars": 0.25, "said": "é"})
    first = Account(folder).request(make_call(), send, limits())
    again = Account(folder).request(make_call(), send, limits())
    assert first == again
    assert first.data == {"dollars": 0.25, "said": "é"}
    assert (first.dollars, first.request_id, len(send.sent)) == (0.25, "req-1", 1)


def test_another_draw_is_another_request(folder: UPath) -> None:
    send, account = Sender(), Account(folder)
    keys = {account.request(make_call(draw=draw), send, limits()).key for draw in (0, 1, 0)}
    assert len(keys) == len(send.sent) == 2


def test_the_entry_is_there_before_the_request_leaves(folder: UPath) -> None:
    send = Sender()
    seen = []
    send.meanwhile = lambda key: seen.append(entry_in(folder, key))
    Account(folder).request(make_call(estimate=0.7), send, limits())
    (entry,) = seen
    assert entry is not None
    assert (entry.state, entry.dollars) == (State.SENT, 0.7)
    assert entry.payload == {"prompt": "a"}


def test_what_was_under_way_at_a_kill_is_not_sent_again(folder: UPath) -> None:
    with pytest.raises(Killed):
        Account(folder).request(make_call(), Sender(Killed()), limits())
    send = Sender()
    for _ in range(2):
        with pytest.raises(AnswerLost, match="may have been paid"):
            Account(folder).request(make_call(), send, limits())
    assert not send.sent
    spending = Account(folder).spending()
    assert spending.requests == {State.LOST: 1}
    assert spending.dollars == pytest.approx(0.1)


def test_lost_answers_are_bought_again_knowingly(folder: UPath) -> None:
    with pytest.raises(AnswerLost):
        Account(folder).request(make_call(), Sender(AnswerLost("broken off")), limits())
    call, send = make_call(resend_lost=True), Sender(NotServed("busy"), {"dollars": 0.2})
    assert Account(folder).request(call, send, limits()).dollars == 0.2
    assert len(send.sent) == 2
    # What was lost stays in the books.
    assert Account(folder).spending().dollars == pytest.approx(0.3)


def test_an_answer_that_reached_a_store_counts_even_if_its_entry_did_not(tmp_path: Path) -> None:
    folder = UPath(f"memory://{tmp_path.name}-answer/ledger")
    with pytest.raises(Killed):
        Account(folder).request(make_call(), Sender(Killed()), limits())
    key = make_call().key
    (folder / key[:2] / f"{key}.answer").write_bytes(b'{"dollars": 0.4}')
    answer = Account(folder).request(make_call(), Sender(Killed()), limits())
    assert answer.dollars == 0.4
    entry = entry_in(folder, key)
    assert entry is not None
    assert entry.state is State.ANSWERED


def test_a_torn_entry_in_a_store_counts_as_sent(tmp_path: Path) -> None:
    folder, key = UPath(f"memory://{tmp_path.name}-torn"), make_call().key
    (folder / key[:2]).mkdir(parents=True)
    (folder / key[:2] / f"{key}.json").write_bytes(b"")
    with pytest.raises(AnswerLost):
        Account(folder).request(make_call(), Sender(), limits())


def test_what_cost_nothing_is_tried_again_and_leaves_no_trace_meanwhile(
    folder: UPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, between = make_call().key, []

    def backoff(attempt: int) -> float:
        between.append(entry_in(folder, key))
        return 0.0

    monkeypatch.setattr(purchase, "backoff", backoff)
    send = Sender(NotServed("429", throttled=True), NotServed("503"), {"dollars": 0.1})
    Account(folder).request(make_call(), send, limits())
    assert between == [None, None]
    assert len(send.sent) == 3


def test_a_refusal_is_final_and_free(folder: UPath) -> None:
    refusal = Refused("refused_by_moderation", "400: no")
    for send in (Sender(refusal), Sender()):
        with pytest.raises(Refused, match="400: no") as caught:
            Account(folder).request(make_call(), send, limits())
        assert caught.value.reason == "refused_by_moderation"
    assert not send.sent
    assert Account(folder).spending().dollars == 0


def test_a_wrong_key_leaves_requests_as_they_were(folder: UPath) -> None:
    with pytest.raises(EndpointError):
        Account(folder).request(make_call(), Sender(EndpointError("401")), limits())
    send = Sender()
    Account(folder).request(make_call(), send, limits())
    assert len(send.sent) == 1


def test_an_endpoint_that_fails_all_stops_the_run() -> None:
    with pytest.raises(EndpointError, match="does not work"):
        Account().request(make_call(), Sender(*[NotServed("503")] * 99), limits())
    with pytest.raises(EndpointError, match="nothing but rate limits"):
        Account().request(make_call(), Sender(*[NotServed("429", throttled=True)] * 99), limits())


@pytest.mark.parametrize("end", [AnswerLost("504"), Refused("refused_as_invalid", "400")])
def test_an_endpoint_that_answers_nobody_stops_the_run(end: Exception) -> None:
    account, shared = Account(), limits()
    for number in range(19):
        with pytest.raises(type(end)):
            account.request(make_call(str(number)), Sender(end), shared)
    with pytest.raises(EndpointError, match="none of the last 20"):
        account.request(make_call("20"), Sender(end), shared)


def test_refusals_by_moderation_do_not_stop_the_run() -> None:
    account, shared = Account(), limits()
    for number in range(50):
        send = Sender(Refused("refused_by_moderation", "400"))
        with pytest.raises(Refused):
            account.request(make_call(str(number)), send, shared)


def test_a_request_that_fails_while_others_do_not_is_given_up_alone() -> None:
    account, shared = Account(), limits()
    send = Sender(*[NotServed("500")] * 99)
    send.meanwhile = lambda key: shared.served({})
    with pytest.raises(Unserved, match="8 times"):
        account.request(make_call(), send, shared)


def test_equal_requests_at_once_are_sent_once(folder: UPath) -> None:
    account, send, ready = Account(folder), Sender(), threading.Barrier(8)
    send.meanwhile = lambda key: time.sleep(0.02)

    def ask(_: int) -> float:
        ready.wait()
        return account.request(make_call(), send, limits()).dollars

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {0.1}
    assert len(send.sent) == 1


def test_two_accounts_on_one_ledger_do_not_both_send(folder: UPath) -> None:
    other, late = Sender(), []

    def meanwhile(key: str) -> None:
        with pytest.raises(AnswerLost):
            Account(folder).request(make_call(), other, limits())
        late.append(key)

    send = Sender({"dollars": 0.3})
    send.meanwhile = meanwhile
    assert Account(folder).request(make_call(), send, limits()).dollars == 0.3
    assert (len(late), len(other.sent)) == (1, 0)


def test_stopping_ends_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purchase, "backoff", lambda attempt: 60.0)
    stop, send = threading.Event(), Sender(NotServed("503"))
    send.meanwhile = lambda key: stop.set()
    with pytest.raises(Stopped):
        Account().request(make_call(), send, limits(), stop)
