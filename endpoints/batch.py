"""Asks a model the questions of many dialogues by batches: within a day, at half the price."""

from __future__ import annotations

import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Generic, TypeVar

from upath import UPath

from endpoints.account import Account
from endpoints.batch_desk import BatchDesk
from endpoints.call import Answer, Reply
from endpoints.chat import Chat, ChatModel
from endpoints.dialogue import Dialogue, Outcome, Question
from endpoints.errors import AnswerLost, Refused
from endpoints.ledger import Record, State
from endpoints.prices import BATCH_SHARE
from endpoints.purchase import looked_up
from endpoints.talk import Talk
from endpoints.walking import walk
from storage.files import is_local

_Result = TypeVar("_Result")
UNDER_WAY = 16
"""Batches at a time. All together they hold about 20,000 pictures of 100 KB."""


def converse_by_batch(
    account: Account, model: ChatModel, dialogues: Iterable[Dialogue[_Result]], place: UPath
) -> Iterator[_Result]:
    """The results of `dialogues`, in order, their questions put by batches of OpenAI's kind.

    `place`: a folder for files of requests while they are under way. What asks again does so in a
    later batch. A process that is killed finds its batches again and submits none twice. What
    expired, or failed in a way that passes, is submitted again; the rest of what a question may
    come to is its dialogue's affair, as with `endpoints.converse.converse`, and so is what ends a
    run: what is under way is waited for, then come the results before, then the error.

    Dialogues that wait are held in memory, thousands of them: they should let go of their pictures
    before they ask.
    """
    chat = Chat(account, model, BATCH_SHARE)
    with ExitStack() as stack:
        folder = Path(place.path) if is_local(place) else None
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="counterfoil-")))
        desk = stack.enter_context(closing(BatchDesk(chat, folder)))
        yield from _Rounds[_Result](chat, desk).run(iter(dialogues))


class _Rounds(Generic[_Result]):
    """Dialogues, and which of them wait for what."""

    def __init__(self, chat: Chat, desk: BatchDesk) -> None:
        self._chat, self._desk, self._ledger = chat, desk, chat.account.ledger
        self._talks: deque[Talk[_Result]] = deque()
        self._asking: dict[str, list[Talk[_Result]]] = {}
        self._held: deque[tuple[Talk[_Result], Question]] = deque()
        self._error: Exception | None = None

    def run(self, dialogues: Iterator[Dialogue[_Result]]) -> Iterator[_Result]:
        """The results, in order. Reads on while there is room for another batch."""
        more = True
        while True:
            if more and not self._held and not self._error and self._desk.under_way < UNDER_WAY:
                dialogue = next(dialogues, None)
                more = dialogue is not None
                if dialogue is not None:
                    self._talks.append(Talk(dialogue))
                    self._step(self._talks[-1], None)
            elif self._desk.gathered and self._desk.under_way < UNDER_WAY:
                self._try(self._desk.submit)
            elif self._desk.under_way:
                self._try(self._look)
            elif self._error is not None:
                raise self._error
            elif self._held:
                self._put_held()
            else:
                return
            while self._talks and self._talks[0].over:
                yield self._talks.popleft().result

    def _look(self) -> None:
        for key, end in self._desk.look():
            outcome: Outcome = self._chat.outcome(end) if isinstance(end, Answer) else end
            for talk in self._asking.pop(key):
                self._step(talk, outcome)
        self._put_held()

    def _put_held(self) -> None:
        held, self._held = self._held, deque()
        for talk, question in held:
            self._put(talk, question)

    def _step(self, talk: Talk[_Result], outcome: Outcome | None) -> None:
        try:
            question = talk.step(outcome)
        except Exception as error:
            self._break(error)
            return
        if question is not None:
            self._put(talk, question)

    def _put(self, talk: Talk[_Result], question: Question) -> None:
        if self._error is not None:
            return
        try:
            outcome = self._known(talk, question)
        except Exception as error:
            self._break(error)
            return
        if outcome is not None:
            self._step(talk, outcome)

    def _known(self, talk: Talk[_Result], question: Question) -> Outcome | None:
        """Its outcome where the ledger has it; else it has to wait for a batch, and for money."""
        call = self._chat.call(question)
        key = call.key
        if key in self._asking:
            self._asking[key].append(talk)
            return None
        record: Record | None = self._ledger.read(key).result()
        body = b""
        if record is not None:
            try:
                if record.entry.state is not State.SENT or not record.entry.batch or record.answer:
                    answer = walk(
                        looked_up(self._ledger, call, key, record), _never, threading.Event()
                    )
                    if answer is not None:
                        return self._chat.outcome(answer)
                elif self._desk.adopts(key, call, record.entry, body := self._chat.body(question)):
                    self._asking[key] = [talk]
                    return None
            except (Refused, AnswerLost) as end:
                return end
        entry = None if record is None else record.entry
        if self._desk.take(key, call, entry, body or self._chat.body(question)):
            self._asking[key] = [talk]
        else:
            self._held.append((talk, question))
        return None

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:
            # The second time nothing can be waited for any more.
            if self._error is not None:
                raise
            self._break(error)

    def _break(self, error: Exception) -> None:
        if self._error is None:
            self._error = error
            self._desk.discard()


def _never(key: str) -> Reply:
    raise AssertionError(f"{key} was to be looked up")
