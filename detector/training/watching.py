"""Who is told how a training goes: a terminal, a test, or nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from detector.training.dealing import Deal
from detector.training.parameters import Weights


@dataclass(frozen=True, slots=True)
class Start:
    """What a training begins or goes on with. `step`: steps that are done already."""

    deal: Deal
    weights: Weights
    device: str
    precision: str
    step: int


@dataclass(frozen=True, slots=True)
class Pace:
    """Since the last point of the curve: pictures a second, and the share of it spent waiting."""

    images_per_second: float
    waiting: float


class Watcher(Protocol):
    """Is told; changes nothing."""

    def started(self, start: Start) -> None:
        """The first step is next."""
        ...

    def stepped(self, step: int, loss: float | None, pace: Pace | None) -> None:
        """A step is done; loss and pace where a point of the curve was drawn."""
        ...

    def measured(self, step: int, figures: Mapping[str, float | None]) -> None:
        """The validation set was looked at."""
        ...


class Nobody:
    """A watcher that looks away."""

    def started(self, start: Start) -> None:
        """Nothing."""

    def stepped(self, step: int, loss: float | None, pace: Pace | None) -> None:
        """Nothing."""

    def measured(self, step: int, figures: Mapping[str, float | None]) -> None:
        """Nothing."""
