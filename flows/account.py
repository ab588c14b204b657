"""The account from which a run pays services: one for each process, over the run's own ledger."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from schemas.recipe.asking import AskedModel
from storage.files import location

if TYPE_CHECKING:
    from endpoints.account import Account

LEDGER = "ledger"
"""The folder in which a run keeps what it paid for, so that no request is paid for twice."""
BUDGET_REACHED = "budget_reached"
"""The reason of jobs that wait for a larger budget."""


_turns: dict[str, Lock] = {}


def turn_at(model: AskedModel) -> Lock:
    """Held while a part asks a model, so that no more than its `concurrency` is under way.

    Parts are made side by side in threads; in several processes, each has so many under way.
    """
    return _turns.setdefault(f"{model.base_url} {model.model}", Lock())


@cache
def account_of(folder: str, budget: float | None) -> Account:
    """The account of the run in `folder`. What is under way counts against the budget together."""
    from endpoints.account import Account

    return Account(location(folder) / LEDGER, budget)
