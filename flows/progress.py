"""Shows a build's progress: bars with counts and the time left in a terminal, lines elsewhere."""

from __future__ import annotations

import time
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

from storage.parts import Counts


class BuildProgress:
    """Follows a build step by step on stderr. A context manager."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._bars = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description:<9}"),
            BarColumn(bar_width=28),
            TextColumn("{task.completed:>4.0f}/{task.total:.0f} parts"),
            TextColumn("{task.fields[counts]}"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._totals: dict[str, Counts] = {}
        self._tasks: dict[str, TaskID] = {}
        self._began: dict[str, float] = {}
        self.seconds: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def start(self, step: str, parts: int) -> None:
        """A step begins, or goes on with so many more parts."""
        self._began.setdefault(step, time.monotonic())
        self._totals.setdefault(step, Counts())
        if step in self._tasks:
            known = self._bars.tasks[self._tasks[step]].total or 0
            self._bars.update(self._tasks[step], total=known + parts)
        else:
            self._tasks[step] = self._bars.add_task(step, total=parts, counts="")

    def advance(self, step: str, counts: Counts) -> None:
        """One more part of the step is done."""
        self._totals[step] += counts
        self._bars.update(self._tasks[step], advance=1, counts=_words(self._totals[step]))

    def finish(self, step: str) -> None:
        """The step is done."""
        self.seconds[step] = time.monotonic() - self._began[step]
        if not self._console.is_terminal:
            took = f"{self.seconds[step]:.1f} s"
            self._console.print(f"{step:<9} {_words(self._totals[step])}  {took}", highlight=False)


def _words(counts: Counts) -> str:
    return f"{counts.ok} ok / {counts.rejected} rejected / {counts.failed} failed"
