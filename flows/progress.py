"""Shows a build's progress: bars with counts and the time left in a terminal, lines elsewhere."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import TaskID

from flows.bars import Bars
from storage.parts import Counts


class BuildProgress(Bars):
    """Follows a build step by step. A context manager."""

    def __init__(self, console: Console | None = None) -> None:
        super().__init__(
            "{task.description:<9}",
            "{task.completed:>4.0f}/{task.total:.0f} parts",
            "{task.fields[counts]}",
            console=console,
        )
        self._totals: dict[str, Counts] = {}
        self._tasks: dict[str, TaskID] = {}
        self._began: dict[str, float] = {}
        self.seconds: dict[str, float] = {}

    def start(self, step: str, parts: int) -> None:
        """A step begins, or goes on with so many more parts."""
        self._began.setdefault(step, time.monotonic())
        self._totals.setdefault(step, Counts())
        if step in self._tasks:
            known = self.bars.tasks[self._tasks[step]].total or 0
            self.bars.update(self._tasks[step], total=known + parts)
        else:
            self._tasks[step] = self.bars.add_task(step, total=parts, counts="")

    def advance(self, step: str, counts: Counts) -> None:
        """One more part of the step is done."""
        self._totals[step] += counts
        self.bars.update(self._tasks[step], advance=1, counts=_words(self._totals[step]))

    def finish(self, step: str) -> None:
        """The step is done."""
        self.seconds[step] = time.monotonic() - self._began[step]
        if not self.drawn:
            self.say(f"{step:<9} {_words(self._totals[step])}  {self.seconds[step]:.1f} s")


def _words(counts: Counts) -> str:
    return f"{counts.ok} ok / {counts.rejected} rejected / {counts.failed} failed"
