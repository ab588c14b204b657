"""The record of every request that was sent, so that what was paid for is never sent twice.

One small file a request, named by the digest of what was asked, and its answer beside it. The entry
is on disk before the request leaves. A request that surely cost nothing leaves no entry behind; so
one that is found as `sent` by a later process was interrupted, and may have been paid for.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from upath import UPath

from schemas.identity import canonical_json
from storage.files import explained, is_local, sync_folder, write_bytes


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
    their SHA-256.
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

    @property
    def total(self) -> float:
        """US dollars that this request has cost, or may have cost, in all its sendings."""
        return self.dollars + self.written_off


class Ledger(Protocol):
    """Where entries and answers are kept. Keys are 64 hex digits."""

    def read(self, key: str) -> Entry | None:
        """The entry, None where the request was never sent."""
        ...

    def answer(self, key: str) -> bytes | None:
        """The answer's body, None where there is none."""
        ...

    def claim(self, key: str, entry: Entry) -> bool:
        """Write the first entry; False where there is one already, which is left as it is."""
        ...

    def write(self, key: str, entry: Entry, answer: bytes | None = None) -> None:
        """Write the entry anew, behind its answer where there is one."""
        ...

    def forget(self, key: str) -> None:
        """Remove an entry: the request was not served and cost nothing."""
        ...

    def entries(self, skip: Collection[str] = ()) -> Iterator[tuple[str, Entry]]:
        """All entries with their keys, but for those in `skip`, in no particular order."""
        ...


class MemoryLedger:
    """A ledger that ends with the process, for runs that keep no record."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._answers: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def read(self, key: str) -> Entry | None:
        """The entry, None where the request was never sent."""
        return self._entries.get(key)

    def answer(self, key: str) -> bytes | None:
        """The answer's body, None where there is none."""
        return self._answers.get(key)

    def claim(self, key: str, entry: Entry) -> bool:
        """Write the first entry; False where there is one already."""
        with self._lock:
            return self._entries.setdefault(key, entry) is entry

    def write(self, key: str, entry: Entry, answer: bytes | None = None) -> None:
        """Write the entry anew, behind its answer where there is one."""
        if answer is not None:
            self._answers[key] = answer
        self._entries[key] = entry

    def forget(self, key: str) -> None:
        """Remove an entry."""
        self._entries.pop(key, None)

    def entries(self, skip: Collection[str] = ()) -> Iterator[tuple[str, Entry]]:
        """All entries with their keys, but for those in `skip`."""
        return ((key, entry) for key, entry in list(self._entries.items()) if key not in skip)


class FolderLedger:
    """A ledger in a folder, local or in an object store: `<2 hex>/<key>.json` and `.answer`."""

    def __init__(self, folder: UPath) -> None:
        self.folder = folder

    def read(self, key: str) -> Entry | None:
        """The entry, None where the request was never sent. Raises `StorageError`."""
        data = _read(self._place(key, "json"))
        return None if data is None else _parsed(data)

    def answer(self, key: str) -> bytes | None:
        """The answer's body, None where there is none."""
        return _read(self._place(key, "answer"))

    def claim(self, key: str, entry: Entry) -> bool:
        """Write the first entry; False where another thread or process was faster."""
        path, data = self._place(key, "json"), _spelt(entry)
        with explained(f"writing {path}"):
            try:
                if not is_local(path):
                    path.fs.pipe_file(path.path, data, mode="create")
                    return True
                self._make_folder(Path(path.path).parent)
                with Path(path.path).open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
            except FileExistsError:
                return False
            sync_folder(Path(path.path).parent)
        return True

    def write(self, key: str, entry: Entry, answer: bytes | None = None) -> None:
        """Write the entry anew, behind its answer where there is one."""
        if answer is not None:
            write_bytes(self._place(key, "answer"), answer)
        write_bytes(self._place(key, "json"), _spelt(entry))

    def forget(self, key: str) -> None:
        """Remove an entry, for good before this returns."""
        path = self._place(key, "json")
        with explained(f"removing {path}"), suppress(FileNotFoundError):
            if is_local(path):
                Path(path.path).unlink()
                sync_folder(Path(path.path).parent)
            else:
                path.fs.rm_file(path.path)

    def entries(self, skip: Collection[str] = ()) -> Iterator[tuple[str, Entry]]:
        """All entries with their keys, but for those in `skip`, in no particular order."""
        for key in self._keys():
            if key not in skip:
                entry = self.read(key)
                if entry is not None:
                    yield key, entry

    def _keys(self) -> Iterator[str]:
        folder = self.folder
        with explained(f"reading {folder}"), suppress(FileNotFoundError):
            if is_local(folder):
                found = [path.name for path in Path(folder.path).glob("??/*.json")]
            else:
                # What others have written since is not in fsspec's cache of listings.
                folder.fs.invalidate_cache(folder.path)
                found = [path.rpartition("/")[2] for path in folder.fs.find(folder.path)]
            return (name.removesuffix(".json") for name in found if name.endswith(".json"))
        return iter(())

    def _place(self, key: str, kind: str) -> UPath:
        return self.folder / key[:2] / f"{key}.{kind}"

    @staticmethod
    def _make_folder(folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)


def _read(path: UPath) -> bytes | None:
    """A file's bytes, None where there is none, and never from a cache of what there was."""
    with explained(f"reading {path}"), suppress(FileNotFoundError):
        data: bytes = (
            Path(path.path).read_bytes() if is_local(path) else path.fs.cat_file(path.path)
        )
        return data
    return None


def _parsed(data: bytes) -> Entry:
    try:
        raw = json.loads(data)
    except ValueError:
        # Its writer was killed before a byte of it was there. Nothing was sent, most likely; to be
        # sure of never paying twice it counts as sent.
        return Entry(State.SENT, detail="the entry is unreadable")
    return Entry(**raw | {"state": State(raw["state"])})


def _spelt(entry: Entry) -> bytes:
    return canonical_json(asdict(entry)).encode()
