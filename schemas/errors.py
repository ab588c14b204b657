"""Every error that Counterfoil raises on purpose, under one root.

CounterfoilError
├── RecipeError        a recipe is wrong; names the line, the field and what would be right
├── GeneratorError     a generator is unknown, its options are wrong, or it broke its contract
├── MissingExtraError  an optional package is not installed
├── StorageError       bytes could not be read, written or trusted
│   └── BusyError      another process is building in the same run folder
├── BudgetReached      what services may be paid is spent
├── OutcomeError       planned != ok + rejected + failed
└── DatasetError       a published set does not keep its contracts
"""

from __future__ import annotations


class CounterfoilError(Exception):
    """Root of every error that Counterfoil raises on purpose. The message says what to do next."""


class RecipeError(CounterfoilError):
    """A recipe is wrong; nothing was written."""


class GeneratorError(CounterfoilError):
    """A generator is unknown, its options are wrong, or it broke its contract."""


class MissingExtraError(CounterfoilError):
    """An optional package is needed that is not installed."""

    def __init__(self, extra: str, package: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs {package}, which is not installed. "
            f"Install it with: pip install 'counterfoil[{extra}]'"
        )
        self.extra = extra


class StorageError(CounterfoilError):
    """Bytes could not be read, written or trusted."""


class BusyError(StorageError):
    """Another process is building in the same run folder."""


class BudgetReached(CounterfoilError):
    """The next request would cost more than the budget still holds. Nothing was sent."""


class OutcomeError(CounterfoilError):
    """The outcomes of a stage do not add up to what was planned."""


class DatasetError(CounterfoilError):
    """A published set does not keep its contracts."""
