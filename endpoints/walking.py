"""Takes the steps of a purchase: in a thread that waits, or in a coroutine that holds none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Future
from typing import Any, TypeVar

from endpoints.call import Answer, Reply
from endpoints.errors import Stopped
from endpoints.purchase import Pause, Send, Step, Steps

_Answer = TypeVar("_Answer")
_LONGEST_PAUSE = 86_400.0


def walk(
    steps: Generator[Step, Any, _Answer], send: Callable[[str], Reply], stop: threading.Event
) -> _Answer:
    """Take `steps` to their end in this thread. Setting `stop` ends every pause."""

    def take(step: Step) -> Any:
        if isinstance(step, Future):
            return step.result()
        if isinstance(step, Send):
            return send(step.key)
        if stop.is_set() or stop.wait(min(step.seconds, _LONGEST_PAUSE)):
            raise Stopped
        return None

    try:
        step = next(steps)
        while True:
            try:
                result = take(step)
            except Exception as error:
                step = steps.throw(error)
            else:
                step = steps.send(result)
    except StopIteration as end:
        answer: _Answer = end.value
        return answer
    finally:
        steps.close()


class Walker:
    """Takes the steps of many purchases in one event loop. `stop` ends their pauses."""

    def __init__(self) -> None:
        self._stopped = False
        self._pausing: set[asyncio.Future[None]] = set()

    def stop(self) -> None:
        """End all pauses, now and from now on. Called in the loop's thread."""
        self._stopped = True
        for pause in self._pausing:
            if not pause.done():
                pause.set_exception(Stopped())

    async def walk(self, steps: Steps, send: Callable[[str], Awaitable[Reply]]) -> Answer:
        """Take `steps` to their end."""
        try:
            step = next(steps)
            while True:
                result: Any = None
                try:
                    if isinstance(step, Future):
                        result = step.result() if step.done() else await asyncio.wrap_future(step)
                    elif isinstance(step, Send):
                        result = await send(step.key)
                    else:
                        await self._pause(step)
                except Exception as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(result)
        except StopIteration as end:
            answer: Answer = end.value
            return answer
        finally:
            steps.close()

    async def _pause(self, pause: Pause) -> None:
        if self._stopped:
            raise Stopped
        if not pause.seconds:
            return
        loop = asyncio.get_running_loop()
        awake: asyncio.Future[None] = loop.create_future()
        timer = loop.call_later(min(pause.seconds, _LONGEST_PAUSE), _wake, awake)
        self._pausing.add(awake)
        try:
            await awake
        finally:
            self._pausing.discard(awake)
            timer.cancel()


def _wake(awake: asyncio.Future[None]) -> None:
    if not awake.done():
        awake.set_result(None)
