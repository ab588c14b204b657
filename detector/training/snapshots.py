"""Snapshots of a training: whole or not there, the newest of them taken, the oldest removed."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.errors import StorageError
from storage.files import PARTIAL, explained, sync_folder

STATE = "state.json"
_PREFIX = "step-"


@dataclass(frozen=True, slots=True)
class Snapshots:
    """The snapshots in a folder, of which `keep` stay."""

    folder: Path
    keep: int

    def whole(self) -> list[Path]:
        """Every whole snapshot, the newest last."""
        if not self.folder.is_dir():
            return []
        return sorted(
            path
            for path in self.folder.iterdir()
            if path.name.startswith(_PREFIX)
            and not path.name.endswith(PARTIAL)
            and (path / STATE).is_file()
        )

    def begun(self, step: int) -> Path:
        """The folder in which all processes write the snapshot of a step."""
        return self.folder / f"{_PREFIX}{step:08d}{PARTIAL}"

    def finish(self, begun: Path, state: dict[str, Any]) -> None:
        """Make what was begun a snapshot, with this state; remove those that are too many."""
        with explained(f"writing {begun}"):
            (begun / STATE).write_text(json.dumps(state) + "\n", encoding="utf-8")
            for path in sorted(begun.rglob("*")):
                if path.is_file():
                    with path.open("rb") as file:
                        os.fsync(file.fileno())
            sync_folder(begun)
            final = begun.with_name(begun.name.removesuffix(PARTIAL))
            if final.exists():
                shutil.rmtree(final)
            begun.rename(final)
            sync_folder(self.folder)
        for old in self.whole()[: -self.keep]:
            shutil.rmtree(old)

    def clear(self) -> None:
        """Remove what a killed process had begun."""
        for path in self.folder.glob(f"{_PREFIX}*{PARTIAL}"):
            shutil.rmtree(path)


def read_state(snapshot: Path) -> dict[str, Any]:
    """The state of a whole snapshot. Raises StorageError."""
    try:
        state: dict[str, Any] = json.loads((snapshot / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError(
            f"{snapshot / STATE} cannot be read ({error}): remove {snapshot}"
        ) from error
    return state
