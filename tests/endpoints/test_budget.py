"""The budget holds, among threads and among those who share a ledger."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from upath import UPath

from endpoints.account import Account
from endpoints.errors import AnswerLost, Refused
from schemas.errors import BudgetReached
from tests.endpoints.calls import Sender, limits, make_call


def test_a_run_stops_before_the_request_that_does_not_fit_and_goes_on_where_it_is_raised(
    tmp_path: Path,
) -> None:
    folder, send = UPath(tmp_path), Sender(*[{"dollars": 0.4}] * 3)
    account = Account(folder, budget=1.0)
    for name in "ab":
        account.request(make_call(name, estimate=0.4), send, limits())
    with pytest.raises(BudgetReached, match=r"\$0\.8000 of \$1\.00 .*\$0\.4000.*Raise the budget"):
        account.request(make_call("c", estimate=0.4), send, limits())
    assert len(send.sent) == 2
    raised = Account(folder, budget=1.2)
    for name in "abc":
        raised.request(make_call(name, estimate=0.4), send, limits())
    assert len(send.sent) == 3


def test_it_counts_what_answers_cost_not_what_was_thought() -> None:
    account, send = Account(budget=1.0), Sender(*[{"dollars": 0.01}] * 9)
    for name in "abcdefghi":
        account.request(make_call(name, estimate=0.9), send, limits())
    assert account.spending().dollars == pytest.approx(0.09)


def test_refusals_are_free_and_losses_are_not() -> None:
    account = Account(budget=1.0)
    for name in "abc":
        send = Sender(Refused("refused_by_moderation", "no"))
        with pytest.raises(Refused):
            account.request(make_call(name, estimate=0.9), send, limits())
    with pytest.raises(AnswerLost):
        account.request(make_call("d", estimate=0.9), Sender(AnswerLost("cut")), limits())
    with pytest.raises(BudgetReached):
        account.request(make_call("e", estimate=0.2), Sender(), limits())


def test_replaying_costs_nothing(tmp_path: Path) -> None:
    folder = UPath(tmp_path)
    Account(folder).request(make_call(), Sender(), limits())
    assert Account(folder, budget=0.0).request(make_call(), Sender(), limits()).dollars == 0.1


def test_others_on_the_same_ledger_count(tmp_path: Path) -> None:
    folder = UPath(tmp_path)
    one, other = Account(folder, budget=1.0), Account(folder, budget=1.0)
    one.request(make_call("a", estimate=0.3), Sender({"dollars": 0.3}), limits())
    other.request(make_call("b", estimate=0.6), Sender({"dollars": 0.6}), limits())
    # `one` has not heard of it, and finds out at the latest before it gives up.
    with pytest.raises(BudgetReached, match=r"\$0\.9000"):
        one.request(make_call("c", estimate=0.9), Sender(), limits())


def test_threads_reserve_before_they_send() -> None:
    account, release = Account(budget=1.0), threading.Event()
    most, under_way, lock = 0, 0, threading.Lock()

    def meanwhile(key: str) -> None:
        nonlocal most, under_way
        with lock:
            under_way += 1
            most = max(most, under_way)
        release.wait(0.05)
        with lock:
            under_way -= 1

    def ask(number: int) -> float:
        send = Sender({"dollars": 0.05})
        send.meanwhile = meanwhile
        return account.request(make_call(str(number), estimate=0.3), send, limits()).dollars

    with ThreadPoolExecutor(8) as pool:
        # All fit in the end, for they are cheaper than thought; but never more than three at once.
        assert list(pool.map(ask, range(10))) == [0.05] * 10
    assert most <= 3
