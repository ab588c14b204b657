"""Shows how a training goes: loss, speed and time left in a terminal, a few lines elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from detector.training.watching import Pace, Start


class TrainingProgress:
    """Follows a training step by step. A context manager, and a `Watcher`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("step {task.completed:,.0f}/{task.total:,.0f}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[loss]}"),
            TextColumn("{task.fields[pace]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def started(self, start: Start) -> None:
        """Say what learns, where and how; show the bar."""
        weights, deal = start.weights, start.deal
        precision = "float32" if start.precision == "no" else start.precision
        self._say(
            f"{weights.learning:,} weights learn, {weights.frozen:,} are frozen; {precision} on "
            f"{deal.processes} x {start.device}"
        )
        dealt = "" if deal.turns == 1 else f", {deal.turns} times {deal.per_device} of them"
        dealt += "" if deal.processes == 1 else f" in each of {deal.processes} processes"
        self._say(f"{deal.steps:,} steps of {deal.pictures} pictures{dealt}")
        if start.step:
            self._say(f"Goes on after step {start.step:,}.")
        self._task = self._bar.add_task(
            "", total=deal.steps, completed=start.step, loss="", pace=""
        )

    def stepped(self, step: int, loss: float | None, pace: Pace | None) -> None:
        """Move the bar on."""
        if self._task is None:
            return
        self._bar.update(self._task, completed=step)
        if loss is not None and pace is not None:
            waiting = f", {pace.waiting:.0%} waiting" if pace.waiting >= 0.05 else ""
            speed = f"{pace.images_per_second:,.1f} images/s{waiting}"
            self._bar.update(self._task, loss=f"loss {loss:.4f}", pace=speed)

    def measured(self, step: int, figures: Mapping[str, float | None]) -> None:
        """Say what validation found."""
        said = [
            f"{name.replace('_', ' ')} {value:.3f}"
            for name, value in figures.items()
            if value is not None and (name != "no_verdict" or value)
        ]
        self._say(f"step {step:,}: {', '.join(said)}")

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False)
