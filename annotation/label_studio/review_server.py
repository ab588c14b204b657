"""What pushing, pulling and counting ask of a Label Studio server, whichever stands behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Project:
    """A project on the server. `created_at` tells it from one of another server with its id."""

    id: int
    title: str
    description: str
    created_at: str


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task without its content. `changed` differs whenever an annotation came, changed or went.

    `key` is ours (`task_key`), empty where somebody else made the task.
    """

    id: int
    key: str
    changed: str
    annotations: int
    preannotated: bool


class ReviewServer(Protocol):
    """What pushing, pulling and counting need of a server. All raise `ReviewError`."""

    def projects(self) -> list[Project]:
        """Every project, ours and others', in the order they were made."""

    def create_project(self, title: str, description: str, configuration: str) -> Project:
        """A new, empty project."""

    def serve(self, project: int, folder: Path) -> None:
        """Let the pages of a project show the pictures of a folder."""

    def tasks(self, project: int) -> list[TaskState]:
        """Every task of a project, in the order they were made."""

    def import_tasks(self, project: int, tasks: Sequence[Json]) -> None:
        """Add tasks. When this fails, some, all or none of them may be there."""

    def delete_task(self, project: int, task: int) -> None:
        """Take a task away, and all that was said of it."""

    def annotated(self, project: int, tasks: Iterable[int]) -> list[Json]:
        """These tasks with their annotations, as Label Studio exports them."""

    def people(self) -> dict[int, str]:
        """The name of each user: the e-mail address."""
