"""Lets those who want the same thing come one behind the other, in the order in which they came."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager


class Turns:
    """Turns at things, by name. Threads and coroutines share it, for it does no waiting itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[Hashable, Future[None]] = {}

    @contextmanager
    def turn(self, name: Hashable) -> Iterator[Future[None] | None]:
        """A turn at `name`; it begins when the future has ended, at once where there is none.

        Who leaves before that hands the turn on only when it would have come.
        """
        mine: Future[None] = Future()
        with self._lock:
            before = self._last.get(name)
            self._last[name] = mine

        def hand_on(_: Future[None] | None) -> None:
            with self._lock:
                if self._last.get(name) is mine:
                    del self._last[name]
            mine.set_result(None)

        try:
            yield before
        finally:
            if before is None:
                hand_on(None)
            else:
                before.add_done_callback(hand_on)
