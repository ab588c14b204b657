"""Asks a model the questions of many dialogues at once, up to a thousand requests under way."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType
from typing import Generic, TypeVar

from endpoints.account import Account
from endpoints.call import Reply
from endpoints.chat import Chat, ChatModel
from endpoints.connection import Connection
from endpoints.dialogue import ChatAnswer, Dialogue, Outcome, Question
from endpoints.errors import RequestFailed, Stopped
from endpoints.talk import Talk
from endpoints.walking import Walker

_Result = TypeVar("_Result")


def converse(
    account: Account, model: ChatModel, dialogues: Iterable[Dialogue[_Result]], width: int
) -> Iterator[_Result]:
    """The results of `dialogues`, in order, with up to `width` requests under way at a time.

    Reads at most 2 `width` dialogues ahead, and steps through all of them in the caller's thread.
    A question that failed (`Refused`, `AnswerLost`, `Unserved`, `BadAnswer`) is its dialogue's
    affair. What concerns the run (`BudgetReached`, `EndpointError`, `StorageError`), and what a
    dialogue raises, ends it: nothing more is sent, what is under way is waited for, for it is paid
    for and its answer must reach the ledger; then come the results before, then the error.
    """
    chat = Chat(account, model)
    talks: deque[Talk[_Result]] = deque()
    with _Line[_Result](chat, width) as line:
        for dialogue in dialogues:
            talks.append(Talk(dialogue))
            line.begin(talks[-1])
            while talks and (talks[0].over or len(talks) >= 2 * width):
                yield line.finish(talks.popleft())
            if line.broken:
                break
        while talks:
            yield line.finish(talks.popleft())


class _Line(Generic[_Result]):
    """The line to the endpoint: an event loop in a thread of its own, and what comes from it."""

    def __init__(self, chat: Chat, width: int) -> None:
        self._chat = chat
        self._connection = Connection(chat.client, chat.url, chat.endpoint.timeout, width)
        self._news: queue.SimpleQueue[tuple[Talk[_Result], Outcome | Exception]]
        self._news = queue.SimpleQueue()
        self._under_way = 0
        self._error: Exception | None = None
        self._loop = asyncio.new_event_loop()
        self._walker = Walker()
        self._width = width
        self._waiting: deque[tuple[Talk[_Result], Question]] = deque()
        self._asking: set[asyncio.Task[None]] = set()
        self._opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="endpoint", daemon=True)

    def __enter__(self) -> _Line[_Result]:
        self._thread.start()
        self._opened.result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._walker.stop)
        while self._under_way:
            self._news.get()
            self._under_way -= 1
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def broken(self) -> bool:
        """Whether something has come up that ends the run."""
        return self._error is not None

    def begin(self, talk: Talk[_Result]) -> None:
        """Put a dialogue's first question, and take in what has come meanwhile."""
        self._step(talk, None)
        self._take_in()

    def finish(self, talk: Talk[_Result]) -> _Result:
        """Its result, once it has one. Raises what has ended the run before that."""
        while not talk.over:
            if self._error is not None and not self._under_way:
                raise self._error
            self._hear(*self._news.get())
        self._take_in()
        return talk.result

    def _take_in(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._hear(*self._news.get_nowait())

    def _hear(self, talk: Talk[_Result], came: Outcome | Exception) -> None:
        self._under_way -= 1
        if isinstance(came, Stopped):
            return
        if isinstance(came, ChatAnswer | RequestFailed):
            self._step(talk, came)
        else:
            self._break(came)

    def _step(self, talk: Talk[_Result], outcome: Outcome | None) -> None:
        try:
            question = talk.step(outcome)
        except Exception as error:
            self._break(error)
            return
        if question is not None and self._error is None:
            self._under_way += 1
            self._loop.call_soon_threadsafe(self._put, talk, question)

    def _break(self, error: Exception) -> None:
        if self._error is None:
            self._error = error
            self._loop.call_soon_threadsafe(self._walker.stop)

    # What follows runs in the loop's thread.

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._connection.open())
            self._opened.set_result(None)
            self._loop.run_forever()
        except Exception as error:
            self._opened.set_exception(error)
        finally:
            self._loop.run_until_complete(self._connection.close())
            self._loop.close()

    def _put(self, talk: Talk[_Result], question: Question) -> None:
        self._waiting.append((talk, question))
        self._ask_more()

    def _ask_more(self) -> None:
        while self._waiting and len(self._asking) < self._width:
            task = self._loop.create_task(self._ask(*self._waiting.popleft()))
            self._asking.add(task)
            task.add_done_callback(self._asked)

    def _asked(self, task: asyncio.Task[None]) -> None:
        self._asking.discard(task)
        self._ask_more()

    async def _ask(self, talk: Talk[_Result], question: Question) -> None:
        chat, body = self._chat, b""
        came: Outcome | Exception

        async def send(key: str) -> Reply:
            nonlocal body
            body = body or chat.body(question)
            return await self._connection.post(body, key)

        try:
            steps = chat.account.steps(chat.call(question), chat.limiter)
            came = chat.outcome(await self._walker.walk(steps, send))
        except Exception as error:
            came = error
        self._news.put((talk, came))
