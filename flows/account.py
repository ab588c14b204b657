"""The account from which a run pays services: one for each process, over the run's own ledger."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from storage.files import location

if TYPE_CHECKING:
    from endpoints.account import Account

LEDGER = "ledger"
"""The folder in which a run keeps what it paid for, so that no request is paid for twice."""
BUDGET_REACHED = "budget_reached"
"""The reason of jobs that wait for a larger budget."""


@cache
def account_of(folder: str, budget: float | None) -> Account:
    """The account of the run in `folder`. What is under way counts against the budget together."""
    from endpoints.account import Account

    return Account(location(folder) / LEDGER, budget)
