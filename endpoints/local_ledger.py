"""The ledger of runs on this machine: one SQLite file that writes many entries with one sync.

A sync takes a disk a millisecond to ten, so a file for each entry would hold back what a thousand
requests under way could do. Processes of one machine may share the file; one that lies on a network
share may not be shared between machines, for SQLite's log of writes is kept in shared memory.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
import weakref
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from endpoints.ledger import Entry, Record, Spending, State, read_entry, settled, spelt
from schemas.errors import StorageError
from schemas.identity import canonical_json
from storage.files import explained, sync_folder

_FILE = "ledger.sqlite"
_PATIENCE = 60.0
"""Seconds to wait for other processes that are writing."""
_AT_ONCE = 2_000
_TABLES = (
    "CREATE TABLE IF NOT EXISTS entries "
    "(key TEXT PRIMARY KEY, state TEXT NOT NULL, total REAL NOT NULL, entry TEXT NOT NULL, "
    "payload TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, body BLOB NOT NULL)",
)
_CLAIM = "INSERT INTO entries VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_WRITE = "UPDATE entries SET state = ?, total = ?, entry = ? WHERE key = ?"
_ANSWER = "INSERT OR REPLACE INTO answers VALUES (?, ?)"
_FORGET = "DELETE FROM entries WHERE key = ?"
_READ = "SELECT entry, payload, body FROM entries LEFT JOIN answers USING (key) WHERE key = ?"
_SUM = "SELECT state, COUNT(*), SUM(total) FROM entries GROUP BY state"
_Change: TypeAlias = Callable[[sqlite3.Connection], Any]
_Inbox: TypeAlias = "queue.SimpleQueue[tuple[_Change, Future[Any]] | None]"


class LocalLedger:
    """A ledger in a local folder. Threads share it, and processes share the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._inbox: _Inbox = queue.SimpleQueue()

    def read(self, key: str) -> Future[Record | None]:
        """What there is of a request, None where it was never sent."""
        with self._lock, _explained(self._folder):
            found = self._connection().execute(_READ, (key,)).fetchone()
        return settled(None if found is None else Record(read_entry(*found[:2]), found[2]))

    def claim(self, key: str, entry: Entry) -> Future[bool]:
        """Write the first entry; False where another thread or process was faster."""
        row = (key, *_row(entry), canonical_json(dict(entry.payload)))
        return self._change(lambda connection: connection.execute(_CLAIM, row).rowcount == 1)

    def write(self, key: str, entry: Entry, answer: bytes | None = None) -> Future[None]:
        """Write the entry anew, and its answer where there is one."""
        row = _row(entry)

        def change(connection: sqlite3.Connection) -> None:
            if connection.execute(_WRITE, (*row, key)).rowcount == 0:
                payload = canonical_json(dict(entry.payload))
                connection.execute(_CLAIM, (key, *row, payload))
            if answer is not None:
                connection.execute(_ANSWER, (key, answer))

        return self._change(change)

    def forget(self, key: str) -> Future[None]:
        """Remove an entry."""

        def change(connection: sqlite3.Connection) -> None:
            connection.execute(_FORGET, (key,))

        return self._change(change)

    def spending(self, skip: Collection[str] = ()) -> Spending:
        """What all entries come to, but for those of the keys in `skip`."""
        with self._lock, _explained(self._folder):
            connection = self._connection()
            connection.execute("BEGIN")
            try:
                found = {State(state): (n, s) for state, n, s in connection.execute(_SUM)}
                for key in skip:
                    one = "SELECT state, total FROM entries WHERE key = ?"
                    for state, total in connection.execute(one, (key,)):
                        number, dollars = found[State(state)]
                        found[State(state)] = number - 1, dollars - total
            finally:
                connection.execute("END")
        counts = {state: number for state, (number, _) in sorted(found.items()) if number}
        return Spending(sum(dollars for _, dollars in found.values()), counts)

    def _change(self, change: _Change) -> Future[Any]:
        future: Future[Any] = Future()
        with self._lock, _explained(self._folder):
            self._connection()
        self._inbox.put((change, future))
        return future

    def _connection(self) -> sqlite3.Connection:
        """The connection for reading. With the first call the writer begins its work."""
        if self._reader is None:
            created = not self._folder.is_dir()
            self._folder.mkdir(parents=True, exist_ok=True)
            if created:
                sync_folder(self._folder.parent)
            path = self._folder / _FILE
            self._reader = _open(path)
            threading.Thread(
                target=_write_all,
                args=(path, self._inbox),
                name=f"ledger {self._folder}",
                daemon=True,
            ).start()
            # The writer knows nothing of this object, so that it can end when nobody else does.
            weakref.finalize(self, self._inbox.put, None)
            weakref.finalize(self, self._reader.close)
        return self._reader


def _write_all(path: Path, inbox: _Inbox) -> None:
    """Make changes until told to end, all that have come in meanwhile in one transaction."""
    with closing(_open(path)) as connection:
        ended = False
        while not ended:
            changes = [inbox.get()]
            while len(changes) < _AT_ONCE and not inbox.empty():
                changes.append(inbox.get())
            ended = None in changes
            _commit(path.parent, connection, [change for change in changes if change is not None])


def _commit(
    folder: Path, connection: sqlite3.Connection, changes: list[tuple[_Change, Future[Any]]]
) -> None:
    if not changes:
        return
    try:
        with _explained(folder):
            connection.execute("BEGIN IMMEDIATE")
            try:
                results = [change(connection) for change, _ in changes]
                connection.execute("COMMIT")
            except sqlite3.Error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
    except StorageError as error:
        for _, future in changes:
            future.set_exception(error)
    else:
        for (_, future), result in zip(changes, results, strict=True):
            future.set_result(result)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode = WAL")
    # Every commit waits until the disk has it.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute("COMMIT")
    return connection


def _row(entry: Entry) -> tuple[str, float, str]:
    return entry.state.value, entry.total, spelt(entry)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    with explained(f"keeping the ledger in {folder}"):
        try:
            yield
        except sqlite3.Error as error:
            raise StorageError(f"keeping the ledger in {folder} failed: {error}") from error
