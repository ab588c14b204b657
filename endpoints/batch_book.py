"""What the ledger and the budget are told of requests that go by batches, and of the batches.

A request's entry names the batch that it is meant for, and the batch has an entry of its own, both
before the file is uploaded. The service is told that name with the batch. So whoever finds an entry
under way finds the batch too: by its id, which is written down as soon as it is known, or else by
asking the service, which knows no such name where the batch was never created.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from endpoints.account import Account
from endpoints.call import Call
from endpoints.errors import AnswerLost
from endpoints.ledger import Entry, State
from endpoints.purchase import first_entry

NO_WORD = "its batch ended without a word of it"
CUT_SHORT = ("expired", "cancelled")
"""How batches end that did not work on all of their requests, and say so of the batch alone."""


@dataclass(slots=True)
class Waiting:
    """A request that waits.

    `claim`: what the ledger says to its being taken, None for those of an earlier process; `tries`:
    batches that it has been in; `reserved`: whether the budget has set its price aside.
    """

    call: Call
    entry: Entry
    claim: Future[Any] | None
    tries: int = 1
    reserved: bool = True


class BatchBook:
    """Entries of one account. `url`: of the endpoint's batches."""

    def __init__(self, account: Account, url: str) -> None:
        self.ledger, self._purse, self._url = account.ledger, account.purse, url

    def reserve(self, key: str, call: Call, before: Entry | None) -> bool:
        """Set a request's price aside; False where others must end first. See `Budget.reserve`."""
        return self._purse.reserve(key, call.estimate, 0.0 if before is None else before.total)

    def enter(self, key: str, call: Call, before: Entry | None, batch: str) -> Waiting:
        """A request is meant for a batch. `before`: its entry, where it has one."""
        written_off = 0.0
        if before is not None:
            # One that was in a batch which never worked on it has cost nothing by that.
            free = before.state is State.SENT and before.batch
            written_off = before.written_off if free else before.total
        entry = first_entry(call, written_off, batch)
        write = self.ledger.claim if before is None else self.ledger.write
        return Waiting(call, entry, write(key, entry))

    def settle(self, key: str, one: Waiting, cost: float) -> None:
        """A request has come to an end and cost this much, earlier sendings included."""
        if one.reserved:
            self._purse.settle(key, cost)

    def lose(self, key: str, one: Waiting) -> AnswerLost:
        """Nobody says what became of a request."""
        entry = replace(one.entry, state=State.LOST, detail=NO_WORD)
        self.ledger.write(key, entry).result()
        self.settle(key, one, entry.total)
        return AnswerLost(NO_WORD)

    def restore(self, key: str, one: Waiting) -> None:
        """A request was not worked on: it is as if it had not been sent this time."""
        written_off = one.entry.written_off
        if written_off:
            entry = replace(one.entry, state=State.LOST, dollars=written_off, written_off=0.0)
            self.ledger.write(key, replace(entry, batch="")).result()
        else:
            self.ledger.forget(key).result()
        self.settle(key, one, written_off)

    def begin(self, name: str) -> None:
        """Requests are gathered for a batch."""
        self.ledger.claim(name, self._entry()).result()

    def submitted(self, name: str, batch_id: str) -> None:
        """A batch was created."""
        self.ledger.write(name, replace(self._entry(), request_id=batch_id)).result()

    def ended(self, name: str, batch_id: str, status: str) -> None:
        """A batch has ended, and all that it says is in the ledger."""
        entry = replace(self._entry(), state=State.ANSWERED, request_id=batch_id, detail=status)
        self.ledger.write(name, entry).result()

    def dropped(self, name: str) -> None:
        """A batch was never worked on."""
        self.ledger.forget(name).result()

    def created(self, name: str, find: Callable[[str], str | None]) -> str | None:
        """The id of a batch that another process meant to submit, None where it never did.

        `find`: asks the service. None also where it has ended; then who still waits was not worked
        on. Raises `AnswerLost` where that cannot be known, or not yet.
        """
        record = self.ledger.read(name).result()
        if record is None:
            return None
        entry = record.entry
        if entry.state is State.ANSWERED:
            if entry.detail not in CUT_SHORT:
                raise AnswerLost(NO_WORD)
            return None
        if entry.request_id:
            return entry.request_id
        if _at_work(entry):
            raise AnswerLost("another process is about to submit it")
        batch_id = find(name)
        if batch_id is None:
            self.dropped(name)
        else:
            self.submitted(name, batch_id)
        return batch_id

    def _entry(self) -> Entry:
        own = {"host": socket.gethostname(), "process": os.getpid()}
        return Entry(State.SENT, self._url, payload=own)


def _at_work(entry: Entry) -> bool:
    """Whether a process other than this one is there that may be about to submit a batch."""
    process = entry.payload.get("process")
    if entry.payload.get("host") != socket.gethostname():
        return False
    if not isinstance(process, int) or process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True
