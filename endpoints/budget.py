"""What may still be spent: kept by every thread, and by every process on the same ledger."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from endpoints.ledger import Ledger
from schemas.errors import BudgetReached

REREAD = 30.0
"""Seconds after which the ledger is read again for what other processes have spent.

So `n` processes overspend by at most what n - 1 of them spend in that time, and by what answers
cost beyond their estimates. One process alone does not overspend by more than the latter.
"""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class _Reservation:
    """What a request will cost about, and what its earlier sendings have cost."""

    estimate: float
    before: float


class Budget:
    """Reserves what requests will cost about, before they are sent. Threads share it."""

    def __init__(self, limit: float | None, ledger: Ledger) -> None:
        self.limit = limit
        self._ledger = ledger
        self._lock = threading.Lock()
        self._spent = 0.0
        self._reserved: dict[str, _Reservation] = {}
        self._aside = 0.0
        self._read_at: float | None = None

    def reserve(self, key: str, estimate: float, before: float = 0.0) -> bool:
        """Set `estimate` US dollars aside for the request `key`; whether they were there.

        False where it might fit once others, now under way, turn out cheaper than was thought.
        `before`: what the ledger says that earlier sendings of it have cost. Raises `BudgetReached`
        where it does not fit.
        """
        if self.limit is None:
            return True
        with self._lock:
            if self._read_at is None or time.monotonic() - self._read_at > REREAD:
                self._reread()
            if not self._fits(estimate):
                if self._reserved:
                    return False
                self._reread()
                if not self._fits(estimate):
                    raise BudgetReached(self._message(estimate))
            self._reserved[key] = _Reservation(estimate, before)
            self._aside += estimate
            return True

    def settle(self, key: str, cost: float) -> None:
        """The request `key` has come to an end and cost this much, earlier sendings included."""
        if self.limit is None:
            return
        with self._lock:
            reservation = self._reserved.pop(key)
            self._spent += cost - reservation.before
            # Without any, nothing is set aside, whatever rounding has left.
            self._aside = self._aside - reservation.estimate if self._reserved else 0.0

    def _total(self) -> float:
        return self._spent + self._aside

    def _fits(self, estimate: float) -> bool:
        return self.limit is None or self._total() + estimate <= self.limit + _ROUNDING

    def _reread(self) -> None:
        elsewhere = self._ledger.spending(skip=self._reserved).dollars
        self._spent = elsewhere + sum(each.before for each in self._reserved.values())
        self._read_at = time.monotonic()

    def _message(self, estimate: float) -> str:
        assert self.limit is not None
        return (
            f"the budget is reached: ${self._total():.4f} of ${self.limit:.2f} are spent and the "
            f"next request costs about ${estimate:.4f}. What was answered is kept. Raise the "
            "budget and build again: it goes on from there and pays for nothing twice."
        )
