"""The record of every request that was sent, so that what was paid for is never sent twice.

The entry is on disk before the request leaves, and the answer before anybody is given it. A request
that surely cost nothing leaves no entry behind; so one that is found as `sent` by a later process
was interrupted, and may have been paid for.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from schemas.identity import canonical_json

_Result = TypeVar("_Result")


class State(StrEnum):
    """How far a request has come."""

    SENT = "sent"
    """It is under way, or the process that sent it is gone."""
    ANSWERED = "answered"
    REFUSED = "refused"
    LOST = "lost"
    """It may have been paid for; its answer never arrived."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger says of one request.

    `dollars`: what it cost; the estimate while that is unknown (sent, lost). `written_off`: the
    estimates of earlier sendings whose answers were lost. `payload`: what was asked, uploads by
    their SHA-256. `batch`: the key of the entry for the batch that it was sent in.
    """

    state: State
    url: str = ""
    model: str = ""
    draw: int = 0
    payload: Mapping[str, Any] = field(default_factory=dict)
    dollars: float = 0.0
    written_off: float = 0.0
    request_id: str | None = None
    reason: str = ""
    detail: str = ""
    batch: str = ""

    @property
    def total(self) -> float:
        """US dollars that this request has cost, or may have cost, in all its sendings."""
        return self.dollars + self.written_off


@dataclass(frozen=True, slots=True)
class Record:
    """An entry with the body of its answer, None where there is none."""

    entry: Entry
    answer: bytes | None = None


@dataclass(frozen=True, slots=True)
class Spending:
    """What a ledger holds. `dollars` counts lost requests, and those under way, by estimate."""

    dollars: float
    requests: Mapping[State, int]


class Ledger(Protocol):
    """Where entries and answers are kept. Keys are 64 hex digits.

    Writing is a matter of milliseconds for which nobody should hold a thread; so what is asked of a
    ledger is a future, which ends when it is done for good, or with a `StorageError`.
    """

    def read(self, key: str) -> Future[Record | None]:
        """What there is of a request, None where it was never sent."""
        ...

    def claim(self, key: str, entry: Entry) -> Future[bool]:
        """Write the first entry; False where there is one already, which is left as it is."""
        ...

    def write(self, key: str, entry: Entry, answer: bytes | None = None) -> Future[None]:
        """Write the entry anew, with its answer where there is one."""
        ...

    def forget(self, key: str) -> Future[None]:
        """Remove an entry: the request was not served and cost nothing."""
        ...

    def spending(self, skip: Collection[str] = ()) -> Spending:
        """What all entries come to, but for those of the keys in `skip`. Waits."""
        ...


class MemoryLedger:
    """A ledger that ends with the process, for runs that keep no record."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._lock = threading.Lock()

    def read(self, key: str) -> Future[Record | None]:
        """What there is of a request, None where it was never sent."""
        return settled(self._records.get(key))

    def claim(self, key: str, entry: Entry) -> Future[bool]:
        """Write the first entry; False where there is one already."""
        record = Record(entry)
        with self._lock:
            return settled(self._records.setdefault(key, record) is record)

    def write(self, key: str, entry: Entry, answer: bytes | None = None) -> Future[None]:
        """Write the entry anew, with its answer where there is one."""
        with self._lock:
            before = self._records.get(key)
            kept = before.answer if before is not None and answer is None else answer
            self._records[key] = Record(entry, kept)
        return settled(None)

    def forget(self, key: str) -> Future[None]:
        """Remove an entry."""
        with self._lock:
            self._records.pop(key, None)
        return settled(None)

    def spending(self, skip: Collection[str] = ()) -> Spending:
        """What all entries come to, but for those of the keys in `skip`."""
        with self._lock:
            entries = [each.entry for key, each in self._records.items() if key not in skip]
        return summed(entries)


def settled(value: _Result) -> Future[_Result]:
    """A future that has ended with `value`."""
    future: Future[_Result] = Future()
    future.set_result(value)
    return future


def summed(entries: Iterable[Entry]) -> Spending:
    """What entries come to."""
    dollars, states = 0.0, Counter[State]()
    for entry in entries:
        dollars += entry.total
        states[entry.state] += 1
    return Spending(dollars, dict(sorted(states.items())))


def spelt(entry: Entry) -> str:
    """The entry as JSON, but for its payload, which never changes and may be long."""
    told = {name: getattr(entry, name) for name in Entry.__slots__ if name != "payload"}
    return canonical_json(told)


def read_entry(text: str | bytes, payload: str | bytes = "{}") -> Entry:
    """The entry that JSON spells.

    One that is unreadable counts as sent. Its writer was killed before a byte of it was there, so
    most likely nothing was sent; but paying twice must be ruled out.
    """
    try:
        raw = json.loads(text)
    except ValueError:
        return Entry(State.SENT, detail="the entry is unreadable")
    return Entry(**{"payload": json.loads(payload)} | raw | {"state": State(raw["state"])})
