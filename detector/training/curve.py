"""The loss curve as lines of JSON: one point a line, none lost and none twice after a restart."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upath import UPath

from storage.files import write_bytes

CURVE = "curve.jsonl"
PACE = "pace.jsonl"


@dataclass(frozen=True, slots=True)
class Lines:
    """A file of JSON objects, each of which has a `step`.

    What depends on the clock goes to another file (`PACE`) than what is learnt (`CURVE`): the
    second is the same, byte for byte, however often a training was broken off.
    """

    path: Path

    def add(self, values: dict[str, Any]) -> None:
        """Append a line, and let the system have it at once."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")

    def cut(self, step: int) -> None:
        """Forget all that came after `step`, and a line that was not finished."""
        kept = [line for line in self.read() if line["step"] <= step]
        text = "".join(json.dumps(line) + "\n" for line in kept)
        write_bytes(UPath(self.path), text.encode())

    def read(self) -> Iterator[dict[str, Any]]:
        """All whole lines, in order."""
        if not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8").split("\n")[:-1]:
            yield json.loads(line)

    def sync(self) -> None:
        """Put the lines on disk."""
        if self.path.exists():
            with self.path.open("rb") as file:
                os.fsync(file.fileno())
