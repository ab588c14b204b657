"""Takes requests to batches, and brings back what came of them."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from endpoints.batch_book import CUT_SHORT, BatchBook, Waiting
from endpoints.batch_file import BatchFile
from endpoints.batch_lines import BatchLines
from endpoints.batch_service import BatchService, Standing
from endpoints.call import Answer, Call
from endpoints.chat import Chat
from endpoints.errors import AnswerLost, EndpointError, NotServed, RequestFailed, Unserved
from endpoints.ledger import Entry

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
"""Seconds between looks at how batches stand: the pauses grow while nothing happens."""
_TRIES = 5
_REJECTIONS = 100
_FULL = ("token_limit_exceeded", "rate_limit_exceeded")
"""Why a batch is rejected that may be submitted later, when others have ended."""
End: TypeAlias = Answer | RequestFailed
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Batch:
    """A batch and those who wait for it. `done`: how much was when somebody looked last."""

    file: BatchFile
    waiting: dict[str, Waiting]
    batch_id: str = ""
    done: int = -1


class BatchDesk:
    """All requests of one run that go by batches. Used by one thread."""

    def __init__(self, chat: Chat, folder: Path) -> None:
        self._service = BatchService(chat.client)
        self._book = BatchBook(chat.account, f"{chat.client.base_url}batches")
        self._lines = BatchLines(self._service, chat.account.ledger, chat.cost)
        self._folder = folder
        self._next: _Batch | None = None
        self._batches: dict[str, _Batch] = {}
        self._ended: set[str] = set()
        self._ends: list[tuple[str, End]] = []
        self._trouble: EndpointError | None = None
        self._pause, self._rejections = FIRST_PAUSE, 0

    @property
    def under_way(self) -> int:
        """How many batches are."""
        return len(self._batches)

    @property
    def gathered(self) -> int:
        """How many requests wait to be submitted."""
        return 0 if self._next is None else len(self._next.waiting)

    def adopts(self, key: str, call: Call, entry: Entry, body: bytes) -> bool:
        """Whether a request that an earlier process sent in a batch can be waited for.

        False where that batch was never created, or ended without having worked on it. Raises
        `AnswerLost` where another process is about to submit it, or its answer is gone.
        """
        name = entry.batch
        if name not in self._batches:
            if name in self._ended:
                return False
            batch_id = self._book.created(name, self._service.find)
            if batch_id is None:
                self._ended.add(name)
                return False
            _log.info("batch %s was submitted before", batch_id)
            self._batches[name] = _Batch(BatchFile(self._folder, name), {}, batch_id)
        batch = self._batches[name]
        batch.file.add(key, body)
        batch.waiting[key] = Waiting(call, entry, None, reserved=False)
        return True

    def take(self, key: str, call: Call, before: Entry | None, body: bytes) -> bool:
        """Take a request for the next batch; False where the budget must wait for others first.

        Raises `BudgetReached`. `before`: its entry, where it has one.
        """
        if not self._book.reserve(key, call, before):
            return False
        self._gather(key, call, before, body)
        return True

    def submit(self) -> None:
        """Submit what was gathered. Raises `EndpointError`."""
        batch, self._next = self._next, None
        if batch is None:
            return
        claims = {key: one.claim.result() for key, one in batch.waiting.items() if one.claim}
        taken = {key for key, claimed in claims.items() if claimed is False}
        for key in taken:
            lost = AnswerLost("another process is sending the same request at this moment")
            self._end(key, batch.waiting.pop(key), lost, 0.0)
        if not batch.waiting:
            self._drop(batch)
            return
        batch.file.finish(leave_out=taken)
        try:
            file_id = self._service.upload(batch.file.path)
            batch.batch_id = self._create(file_id, batch.file.name)
        except (RequestFailed, EndpointError) as error:
            if isinstance(error, _Unknown):
                raise
            self._drop(batch)
            raise EndpointError(f"a batch cannot be submitted: {error}") from error
        self._book.submitted(batch.file.name, batch.batch_id)
        self._batches[batch.file.name] = batch
        _log.info("batch %s: %d requests submitted", batch.batch_id, len(batch.waiting))

    def look(self) -> list[tuple[str, End]]:
        """What came of requests, by their keys, after a pause where nothing did.

        Raises `EndpointError` where what a batch said concerns all.
        """
        trouble, self._trouble = self._trouble, None
        if trouble is not None:
            raise trouble
        for name, batch in list(self._batches.items()):
            standing = self._service.standing(batch.batch_id)
            if standing.done != batch.done:
                told = (batch.batch_id, standing.status, standing.done, standing.total)
                _log.info("batch %s: %s, %d of %d done", *told)
                batch.done, self._pause = standing.done, FIRST_PAUSE
            if standing.over:
                del self._batches[name]
                self._collect(batch, standing)
        ends, self._ends = self._ends, []
        if not ends and self._batches:
            self._wait()
        return ends

    def discard(self) -> None:
        """Forget what was gathered and not submitted."""
        batch, self._next = self._next, None
        if batch is not None:
            self._drop(batch)

    def close(self) -> None:
        """Let go of all files. Batches that are under way go on, and are found again."""
        self.discard()
        for batch in self._batches.values():
            batch.file.remove()

    def _gather(self, key: str, call: Call, before: Entry | None, body: bytes) -> Waiting:
        if self._next is not None and not self._next.file.has_room(body):
            self.submit()
        if self._next is None:
            self._next = _Batch(BatchFile(self._folder), {})
            self._book.begin(self._next.file.name)
        self._next.file.add(key, body)
        one = self._book.enter(key, call, before, self._next.file.name)
        self._next.waiting[key] = one
        return one

    def _create(self, file_id: str, name: str) -> str:
        try:
            return self._service.create(file_id, name)
        except AnswerLost as error:
            raise _Unknown(
                f"nobody knows whether a batch was created ({error.detail}). Build again: it will "
                "be looked for, and submitted if it is not there."
            ) from error

    def _collect(self, batch: _Batch, standing: Standing) -> None:
        if standing.problem is not None:
            self._rejected(batch, *standing.problem)
            return
        name, waiting = batch.file.name, batch.waiting
        entries = {key: one.entry for key, one in waiting.items()}
        told, lines = self._lines.entered(name, standing.results, entries)
        # Only where there is a line for all that was done, no line means that it was not.
        undone = standing.status in CUT_SHORT and lines >= standing.done
        for key, one in waiting.items():
            end = told.get(key)
            if isinstance(end, EndpointError):
                self._trouble = end
                self._book.restore(key, one)
            elif isinstance(end, NotServed) or (end is None and undone):
                self._again(key, one, batch, end)
            elif end is None:
                self._ends.append((key, self._book.lose(key, one)))
            else:
                cost = end.dollars if isinstance(end, Answer) else 0.0
                self._end(key, one, end, cost + one.entry.written_off)
        self._book.ended(name, batch.batch_id, standing.status)
        self._rejections = 0
        batch.file.remove()
        for file_id in (*standing.results, standing.asked):
            if file_id:
                self._service.delete(file_id)

    def _again(self, key: str, one: Waiting, batch: _Batch, end: NotServed | None) -> None:
        """Put a request that was not worked on into the next batch, unless it has had its turns."""
        if one.tries >= _TRIES:
            self._book.restore(key, one)
            why = "" if end is None else f" ({end.detail})"
            failed = Unserved(f"it was in {_TRIES} batches, and in none was it worked on{why}")
            self._ends.append((key, failed))
            return
        again = self._gather(key, one.call, one.entry, batch.file.body(key))
        again.tries, again.reserved = one.tries + 1, one.reserved

    def _rejected(self, batch: _Batch, code: str, said: str) -> None:
        """A batch failed as a whole, so nothing was worked on."""
        self._rejections += 1
        if code not in _FULL or self._rejections > _REJECTIONS:
            self._drop(batch)
            raise EndpointError(
                f"a batch was rejected ({code}: {said}). Nothing was paid for it. Look into it, "
                "then build again: it goes on from here."
            )
        _log.info("batch %s has to wait: %s", batch.batch_id, said)
        for key, one in batch.waiting.items():
            one.tries = 0
            self._again(key, one, batch, None)
        self._book.dropped(batch.file.name)
        batch.file.remove()
        self._wait()

    def _wait(self) -> None:
        time.sleep(self._pause)
        self._pause = min(LONGEST_PAUSE, self._pause * 1.5)

    def _end(self, key: str, one: Waiting, end: End, cost: float) -> None:
        self._book.settle(key, one, cost)
        self._ends.append((key, end))

    def _drop(self, batch: _Batch) -> None:
        """Forget a batch that was never worked on."""
        for key, one in batch.waiting.items():
            self._book.restore(key, one)
        self._book.dropped(batch.file.name)
        batch.file.remove()


class _Unknown(EndpointError):
    """It may be that a batch was created."""
