"""Works on several things at once and hands the results over in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def in_order(
    items: Iterable[_Item], work: Callable[[_Item, threading.Event], _Result], width: int
) -> Iterator[_Result]:
    """The results of `work` on all `items`, in order, with up to `width` under way at a time.

    Threads, because what takes the time is the waiting for a server; a request costs a few
    milliseconds of work, and the images endpoints permit some hundred a minute. Reads at most
    2 `width` items ahead. `work` gets an event that is set when nothing more is wanted: because it
    raised for an earlier item, or because the caller stopped asking. What is under way then is
    waited for: it is paid for, and its answer must reach the ledger.
    """
    stop = threading.Event()
    waiting: deque[Future[_Result]] = deque()
    with ThreadPoolExecutor(width, thread_name_prefix="endpoint") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item, stop))
                while waiting and (waiting[0].done() or len(waiting) >= 2 * width):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            stop.set()
            for future in waiting:
                future.cancel()
