"""Gathers requests into files that a batch takes: JSON lines, within the limits of the service."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from pathlib import Path

from storage.files import explained

MOST_REQUESTS = 50_000
MOST_BYTES = 180_000_000
"""OpenAI takes 50,000 requests and 200 MB a file (API reference, "Create batch")."""
_HEAD = b'{"custom_id":"%s","method":"POST","url":"/v1/chat/completions","body":'
_TAIL = b"}\n"


class BatchFile:
    """The requests of a batch, on disk, for they hold pictures. `name`: of the batch; new if None.

    The name is all that is random here, so that no two batches ever have the same.
    """

    def __init__(self, folder: Path, name: str | None = None) -> None:
        self.name = name or uuid.uuid4().hex + uuid.uuid4().hex
        self.path = folder / f"{self.name}.jsonl"
        self._places: dict[str, tuple[int, int]] = {}
        with explained(f"writing {self.path}"):
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("wb+")

    def __len__(self) -> int:
        return len(self._places)

    def add(self, key: str, body: bytes) -> None:
        """Write a request."""
        with explained(f"writing {self.path}"):
            begin = self._file.seek(0, 2) + self._file.write(_HEAD % key.encode())
            self._file.write(body + _TAIL)
        self._places[key] = begin, len(body)

    def body(self, key: str) -> bytes:
        """A request's body."""
        begin, length = self._places[key]
        with explained(f"reading {self.path}"):
            self._file.seek(begin)
            return self._file.read(length)

    def has_room(self, body: bytes) -> bool:
        """Whether another request fits in; a first one always does."""
        size = self._file.seek(0, 2) + len(body) + 2 * len(_HEAD)
        return not self._places or (len(self._places) < MOST_REQUESTS and size <= MOST_BYTES)

    def finish(self, leave_out: Collection[str] = ()) -> None:
        """Have all of it on disk, but for the requests of some keys, ready to be uploaded."""
        if leave_out:
            kept = [(key, self.body(key)) for key in self._places if key not in leave_out]
            with explained(f"writing {self.path}"):
                self._file.truncate(0)
            self._places.clear()
            for key, body in kept:
                self.add(key, body)
        with explained(f"writing {self.path}"):
            self._file.flush()

    def remove(self) -> None:
        """It is not needed any more."""
        self._file.close()
        self.path.unlink(missing_ok=True)
