"""Work on many pieces in processes side by side, for commands that need no server for it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from schemas.errors import StorageError

_Result = TypeVar("_Result")
_WORTH_A_POOL = 2.0  # seconds


def available_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def side_by_side(
    work: Callable[..., _Result], calls: Sequence[tuple[Any, ...]], workers: int | None = None
) -> Iterator[tuple[int, _Result]]:
    """The place and the result of each of `calls`, arguments of `work`, as they end.

    `workers` processes, one a core by default; what they are given and give back is pickled.
    Raises `StorageError` where one is killed.
    """
    count = workers or available_cores()
    began = time.monotonic()
    waiting = list(enumerate(calls))[::-1]
    # Starting processes takes seconds, in which small sets are done.
    while waiting and (count == 1 or time.monotonic() - began < _WORTH_A_POOL):
        place, arguments = waiting.pop()
        yield place, work(*arguments)
    if not waiting:
        return
    # Spawned: a forked copy of a process with threads may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        min(count, len(waiting)), mp_context=context, initializer=_settle
    ) as pool:
        coming: dict[Future[_Result], int] = {
            pool.submit(work, *arguments): place for place, arguments in waiting[::-1]
        }
        try:
            for future in as_completed(coming):
                yield coming.pop(future), future.result()
        except BrokenProcessPool as error:
            raise StorageError(
                "a worker process was killed, most likely because memory ran out; run the same "
                "command again with fewer --workers"
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _settle() -> None:
    """A worker is one of several: it starts no threads, and leaves an interrupt to its parent."""
    import cv2

    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
