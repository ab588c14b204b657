"""Shows how a training goes: loss, speed and time left, as a bar in a terminal, else as lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from rich.console import Console
from rich.progress import TaskID

from detector.training.watching import Pace, Start
from flows.bars import Bars

SECONDS_BETWEEN_LINES = 30.0
"""Away from a terminal: often enough to see that it lives, rarely enough for a log of days."""


class TrainingProgress(Bars):
    """Follows a training step by step. A context manager, and a `Watcher`.

    `clock`: seconds that only grow.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(
            "step {task.completed:,.0f}/{task.total:,.0f}",
            "{task.fields[loss]}",
            "{task.fields[pace]}",
            console=console,
        )
        self._clock = clock
        self._start: Start | None = None
        self._task: TaskID | None = None
        self._began = self._said = 0.0

    def started(self, start: Start) -> None:
        """Say what learns, where and how; show the bar."""
        weights, deal = start.weights, start.deal
        precision = "float32" if start.precision == "no" else start.precision
        self.say(
            f"{weights.learning:,} weights learn, {weights.frozen:,} are frozen; {precision} on "
            f"{deal.processes} x {start.device}"
        )
        dealt = "" if deal.turns == 1 else f", {deal.turns} times {deal.per_device} of them"
        dealt += "" if deal.processes == 1 else f" in each of {deal.processes} processes"
        self.say(f"{deal.steps:,} steps of {deal.pictures} pictures{dealt}")
        if start.step:
            self.say(f"Goes on after step {start.step:,}.")
        self._start = start
        self._began = self._said = self._clock()
        self._task = self.bars.add_task(
            "", total=deal.steps, completed=start.step, loss="", pace=""
        )

    def stepped(self, step: int, loss: float | None, pace: Pace | None) -> None:
        """Move the bar on; where there is none, say the loss now and then."""
        if self._task is None:
            return
        self.bars.update(self._task, completed=step)
        if loss is None or pace is None:
            return
        waiting = f", {pace.waiting:.0%} waiting" if pace.waiting >= 0.05 else ""
        speed = f"{pace.images_per_second:,.1f} images/s{waiting}"
        self.bars.update(self._task, loss=f"loss {loss:.4f}", pace=speed)
        now = self._clock()
        if not self.drawn and now - self._said >= SECONDS_BETWEEN_LINES:
            self._said = now
            self.say(f"step {step:,}: loss {loss:.4f}, {speed}{self._left(step, now)}")

    def measured(self, step: int, figures: Mapping[str, float | None]) -> None:
        """Say what validation found."""
        said = [
            f"{name.replace('_', ' ')} {value:.3f}"
            for name, value in figures.items()
            if value is not None and (name != "no_verdict" or value)
        ]
        self.say(f"step {step:,}: {', '.join(said)}")

    def _left(self, step: int, now: float) -> str:
        """The time that the steps which are left take, if they take as long as those before."""
        if self._start is None or step <= self._start.step:
            return ""
        each = (now - self._began) / (step - self._start.step)
        left = timedelta(seconds=round(each * (self._start.deal.steps - step)))
        return f", {left} left" if left else ""
