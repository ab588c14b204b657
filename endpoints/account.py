"""What a run pays from: sends every request once, within the rate limits and the budget."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from upath import UPath

from endpoints.budget import Budget
from endpoints.call import Answer, Call, Reply
from endpoints.ledger import Ledger, MemoryLedger, Spending
from endpoints.local_ledger import LocalLedger
from endpoints.purchase import Purchase, Steps
from endpoints.rate import RateLimiter
from endpoints.store_ledger import StoreLedger
from endpoints.turns import Turns
from endpoints.walking import walk
from storage.files import is_local


class Account:
    """A ledger and a budget. Threads share one; several may share a ledger's folder.

    `folder`: where the ledger is kept, also in an object store; None keeps it in memory. `budget`:
    US dollars that may be spent by all who share the ledger, None for no limit.
    """

    def __init__(self, folder: UPath | None = None, budget: float | None = None) -> None:
        self.ledger = _ledger_in(folder)
        self.purse = Budget(budget, self.ledger)
        self._turns = Turns()

    @property
    def budget(self) -> float | None:
        """US dollars that may be spent, None for no limit."""
        return self.purse.limit

    def spending(self) -> Spending:
        """What was spent, by the whole ledger."""
        return self.ledger.spending()

    def request(
        self,
        call: Call,
        send: Callable[[str], Reply],
        limiter: RateLimiter,
        stop: threading.Event | None = None,
    ) -> Answer:
        """The answer to `call`: from the ledger where it was bought before, else by `send`.

        `send` gets the request's key and raises one of `endpoints.errors`. Setting `stop` ends all
        waiting. Raises `Refused`, `AnswerLost`, `Unserved` and `Stopped`, which concern this
        request; and `BudgetReached`, `EndpointError` and `StorageError`, which concern the run.
        """
        return walk(self.steps(call, limiter), send, stop or threading.Event())

    def steps(self, call: Call, limiter: RateLimiter) -> Steps:
        """The same as steps, for those who do not want to hold a thread while they wait."""
        return Purchase(self.ledger, self.purse, self._turns, call, limiter).steps()


def _ledger_in(folder: UPath | None) -> Ledger:
    if folder is None:
        return MemoryLedger()
    return LocalLedger(Path(folder.path)) if is_local(folder) else StoreLedger(folder)
