"""Bars that show how far something has come: drawn in a terminal, and nowhere else."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn


class Bars:
    """Bars on stderr, or on a console of one's own. A context manager.

    `left` and `right` stand before and behind each bar, in rich's words: `{task.description}`.
    """

    def __init__(self, left: str, *right: str, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self.bars = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn(left),
            BarColumn(bar_width=28),
            *(TextColumn(words) for words in right),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=self.console,
            disable=not self.drawn,
        )

    @property
    def drawn(self) -> bool:
        """Whether anybody sees the bars; else lines are said now and then."""
        return self.console.is_terminal

    def say(self, line: str) -> None:
        """Print a line, above the bars where there are some."""
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bars.stop()
