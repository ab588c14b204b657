"""Keeps many encoded pictures within reach, on disk, so that memory does not grow with a set."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self


class PictureStore:
    """Bytes by sample id in a temporary file, gone with the context."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="counterfoil-")
        self._database = sqlite3.connect(Path(self._folder.name) / "pictures.sqlite")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE picture (id TEXT PRIMARY KEY, data BLOB)")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()
        self._folder.cleanup()

    def put(self, sample_id: str, data: bytes) -> None:
        """Keep `data`; a later picture of the same id takes its place."""
        self._database.execute("INSERT OR REPLACE INTO picture VALUES (?, ?)", (sample_id, data))

    def get(self, sample_id: str) -> bytes | None:
        """The bytes that were kept under `sample_id`, None if there were none."""
        row = self._database.execute(
            "SELECT data FROM picture WHERE id = ?", (sample_id,)
        ).fetchone()
        return None if row is None else bytes(row[0])
