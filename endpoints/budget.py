"""What may still be spent: kept by every thread, and by every process on the same ledger."""

from __future__ import annotations

import threading
import time

from endpoints.errors import Stopped
from endpoints.ledger import Ledger, State
from schemas.errors import BudgetReached

REREAD = 30.0
"""Seconds after which the ledger is read again for what other processes have spent.

So `n` processes overspend by at most what n - 1 of them spend in that time, and by what answers
cost beyond their estimates. One process alone does not overspend by more than the latter.
"""
_ROUNDING = 1e-9


class Budget:
    """Reserves what requests will cost about, before they are sent. Threads share it."""

    def __init__(self, limit: float | None, ledger: Ledger) -> None:
        self.limit = limit
        self._ledger = ledger
        self._changed = threading.Condition()
        self._settled: dict[str, float] = {}
        self._spent = 0.0
        self._elsewhere = 0.0
        self._reserved: dict[str, float] = {}
        self._read_at: float | None = None

    def reserve(self, key: str, estimate: float, stop: threading.Event) -> None:
        """Set `estimate` US dollars aside for the request `key`.

        Waits where it would fit once others, now under way, turn out cheaper than was thought.
        Raises `BudgetReached` where it does not fit, and `Stopped` when `stop` is set.
        """
        if self.limit is None:
            return
        with self._changed:
            if self._read_at is None or time.monotonic() - self._read_at > REREAD:
                self._reread()
            while not self._fits(estimate):
                if not self._reserved:
                    self._reread()
                    if self._fits(estimate):
                        break
                    raise BudgetReached(self._message(estimate))
                if stop.is_set():
                    raise Stopped
                self._changed.wait(0.2)
            self._reserved[key] = estimate

    def settle(self, key: str, cost: float) -> None:
        """The request `key` has come to an end and cost this much, earlier sendings included."""
        if self.limit is None:
            return
        with self._changed:
            self._reserved.pop(key, None)
            if cost:
                self._add(key, cost)
            self._changed.notify_all()

    def _add(self, key: str, cost: float) -> None:
        self._spent += cost - self._settled.get(key, 0.0)
        self._settled[key] = cost

    def _total(self) -> float:
        return self._spent + self._elsewhere + sum(self._reserved.values())

    def _fits(self, estimate: float) -> bool:
        return self.limit is None or self._total() + estimate <= self.limit + _ROUNDING

    def _reread(self) -> None:
        self._elsewhere = 0.0
        for key, entry in self._ledger.entries(skip=self._settled):
            if key in self._reserved:
                continue
            if entry.state is State.SENT:
                # What another process has under way may yet turn out cheaper, or free.
                self._elsewhere += entry.total
            else:
                self._add(key, entry.total)
        self._read_at = time.monotonic()

    def _message(self, estimate: float) -> str:
        assert self.limit is not None
        spent = self._total()
        return (
            f"the budget is reached: ${spent:.4f} of ${self.limit:.2f} are spent and the next "
            f"request costs about ${estimate:.4f}. What was answered is kept. Raise the budget and "
            "build again: it goes on from there and pays for nothing twice."
        )
