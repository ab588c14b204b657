"""Shows how many pictures are done and how fast: a bar in a terminal, elsewhere a line."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console

from flows.bars import Bars


class Watch(Bars):
    """Follows pieces of work, each of some pictures, as they are done. A context manager."""

    def __init__(self, doing: str, console: Console | None = None) -> None:
        super().__init__(
            "{task.description}",
            "{task.fields[pictures]:,} pictures, {task.fields[rate]:,.0f}/s",
            console=console,
        )
        self._doing = doing
        self._task = self.bars.add_task(doing, total=None, pictures=0, rate=0.0)
        self._began = time.monotonic()
        self.pictures = 0

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        if error is None and not self.drawn:
            took = time.monotonic() - self._began
            noun = "picture" if self.pictures == 1 else "pictures"
            self.say(f"{self._doing}: {self.pictures:,} {noun} in {took:.1f} s")

    def start(self, pieces: int) -> None:
        """So many pieces are to be done."""
        self.bars.update(self._task, total=pieces)

    def advance(self, pictures: int) -> None:
        """One more piece is done, with so many pictures."""
        self.pictures += pictures
        rate = self.pictures / max(time.monotonic() - self._began, 1e-6)
        self.bars.update(self._task, advance=1, pictures=self.pictures, rate=rate)
