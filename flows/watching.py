"""Shows how far fingerprinting has come: a bar in a terminal, a line elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn


class Watch:
    """Follows pieces as they are done, on stderr. A context manager."""

    def __init__(self, doing: str, console: Console | None = None) -> None:
        self._doing = doing
        self._console = console or Console(stderr=True)
        self._bars = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[pictures]:,} pictures, {task.fields[rate]:,.0f}/s"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bars.add_task(doing, total=None, pictures=0, rate=0.0)
        self._began = time.monotonic()
        self.pictures = 0

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
        if error is None and not self._console.is_terminal:
            took = time.monotonic() - self._began
            noun = "picture" if self.pictures == 1 else "pictures"
            said = f"{self._doing}: {self.pictures:,} {noun} in {took:.1f} s"
            self._console.print(said, highlight=False)

    def start(self, pieces: int) -> None:
        """So many pieces are to be done."""
        self._bars.update(self._task, total=pieces)

    def advance(self, pictures: int) -> None:
        """One more piece is done, with so many pictures."""
        self.pictures += pictures
        rate = self.pictures / max(time.monotonic() - self._began, 1e-6)
        self._bars.update(self._task, advance=1, pictures=self.pictures, rate=rate)
