"""What was pushed where, in the review folder: the way from a task on the server to its sample.

The server alone says which tasks there are; the ledger only translates. A push writes it anew from
the samples that it is given and the tasks that the server lists, so a lost one comes back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout
from upath import UPath

from annotation.label_studio.project_key import ProjectKey
from annotation.label_studio.review_server import TaskState
from annotation.label_studio.tasks import ReviewSample, task_key
from schemas.errors import BusyError, StorageError
from storage.files import explained, write_bytes

FILE = "pushed.json"


@dataclass(frozen=True, slots=True)
class Pushed:
    """A sample that was pushed, and the size of its picture in pixels."""

    sample_id: str
    width: int
    height: int


@dataclass(slots=True)
class Ledger:
    """`samples`: by task key. `tasks`: by project (`ProjectKey.id`), task key to task id."""

    samples: dict[str, Pushed] = field(default_factory=dict)
    tasks: dict[str, dict[str, int]] = field(default_factory=dict)

    def note(self, samples: Iterable[ReviewSample]) -> None:
        """Take samples in, before anything is sent that would have to be translated back."""
        for one in samples:
            key = task_key(one.sample_id)
            self.samples[key] = Pushed(one.sample_id, one.width, one.height)

    def note_tasks(self, project: ProjectKey, tasks: Iterable[TaskState]) -> None:
        """Take in what a project holds now."""
        self.tasks[project.id] = {task.key: task.id for task in tasks if task.key}

    def write(self, review: Path) -> None:
        """Keep it in the review folder."""
        text = json.dumps(
            {
                "samples": {key: asdict(one) for key, one in sorted(self.samples.items())},
                "tasks": {name: self.tasks[name] for name in sorted(self.tasks)},
            },
            indent=0,
        )
        write_bytes(UPath(review / FILE), text.encode())


def read_ledger(review: Path) -> Ledger:
    """The ledger of a review folder; an empty one where there is none."""
    file = review / FILE
    if not file.is_file():
        return Ledger()
    with explained(f"reading {file}"):
        text = file.read_text()
    try:
        entries = json.loads(text)
        samples = {key: Pushed(**one) for key, one in entries["samples"].items()}
        return Ledger(samples, entries["tasks"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StorageError(
            f"{file} is damaged ({error}); delete it and run `counterfoil review push` again, "
            "which writes it anew and makes no task twice."
        ) from error


@contextmanager
def holding(review: Path) -> Iterator[None]:
    """Keep other pushes and pulls out of a review folder. Raises `BusyError` if one is at work."""
    review.mkdir(parents=True, exist_ok=True)
    lock = FileLock(review / "review.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise BusyError(
            f"another push or pull is at work in {review}; wait for it and run this again"
        ) from error
    try:
        yield
    finally:
        lock.release()
