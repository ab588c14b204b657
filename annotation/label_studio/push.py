"""Gives people their tasks: one project a slot, every sample once, however often it is run.

What the server lists decides what is missing, so a push that was killed, or whose answer was lost,
is mended by the next one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from annotation.label_studio.configuration import Page, configuration
from annotation.label_studio.errors import ServerUnreachable
from annotation.label_studio.ledger import Ledger, holding, read_ledger
from annotation.label_studio.project_key import Kind, ProjectKey, project_key
from annotation.label_studio.review_server import Json, Project, ReviewServer, TaskState
from annotation.label_studio.tasks import (
    ReviewSample,
    TaskCheck,
    adjudication_task,
    blind_task,
    task_key,
)
from schemas.identity import unit_interval
from schemas.recipe.raters import Review

_BATCH = 200
_TRIES = 3


@dataclass(frozen=True, slots=True)
class PushedProject:
    """A project as a push left it. `added`: tasks that it did not have before."""

    key: ProjectKey
    project: Project
    tasks: int
    added: int


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be pushed under which name. `masks`: pre-annotations show observed masks."""

    set_name: str
    settings: Review
    page: Page
    masks: bool = True

    @property
    def kind(self) -> Kind:
        """What people are asked to do."""
        return Kind.ADJUDICATION if self.page.adjudication else Kind.BLIND


def push(
    server: ReviewServer,
    review: Path,
    samples: Sequence[ReviewSample],
    order: Order,
    pictures: Path | None = None,
) -> list[PushedProject]:
    """Make sure that every sample is a task in every slot, and say what stands where.

    Each slot gets projects of its own, of at most `settings.project_size` tasks and in an order of
    its own; an adjudication page makes one slot. `pictures`: the folder that the server is to show
    pictures from, None where addresses are URLs. Tasks that are there stay as they are, whatever
    rows say now. Raises `ReviewError`; what was done until then stands and is not done again.
    """
    with holding(review):
        ledger = read_ledger(review)
        ledger.note(samples)
        ledger.write(review)
        known = _known_projects(server)
        slots = 1 if order.kind is Kind.ADJUDICATION else order.settings.slots
        check = TaskCheck(configuration(order.page))
        pushed: list[PushedProject] = []
        for slot in range(1, slots + 1):
            pushed += _push_slot(server, samples, order, slot, known, check, pictures, ledger)
            ledger.write(review)
    return pushed


def preannotated(sample_id: str, slot: int, share: float) -> bool:
    """Whether a sample opens with machine judgements in a slot.

    Drawn for each slot, so that many pictures are seen with them by one person and without them
    by another: then anchoring shows on the same pictures.
    """
    return unit_interval("preannotated", slot, sample_id) < share


def _push_slot(
    server: ReviewServer,
    samples: Sequence[ReviewSample],
    order: Order,
    slot: int,
    known: dict[ProjectKey, Project],
    check: TaskCheck,
    pictures: Path | None,
    ledger: Ledger,
) -> Iterator[PushedProject]:
    keys = _parts(order, slot)
    parts: list[tuple[ProjectKey, Project, list[TaskState]]] = []
    for key in keys:
        if key not in known:
            break
        parts.append((key, known[key], server.tasks(known[key].id)))
    there = {task.key for _, _, tasks in parts for task in tasks}
    missing = sorted(
        (one for one in samples if task_key(one.sample_id) not in there),
        key=lambda one: (unit_interval("order", slot, one.sample_id), one.sample_id),
    )
    taken = 0
    for number, key in enumerate(_parts(order, slot)):
        if number >= len(parts):
            if taken >= len(missing):
                break
            project = server.create_project(key.title, key.description, configuration(order.page))
            parts.append((key, project, []))
        _, project, tasks = parts[number]
        if pictures is not None:
            server.serve(project.id, pictures)
        room = max(0, order.settings.project_size - len({task.key for task in tasks}))
        batch = missing[taken : taken + room]
        taken += len(batch)

        def make(sample: ReviewSample) -> Json:
            task = _task(sample, order, slot)
            check(task)
            return task

        after = _import(server, project.id, batch, make) if batch else tasks
        after = _without_doubles(server, project.id, after)
        ledger.note_tasks(key, after)
        yield PushedProject(key, project, len(after), len(batch))


def _parts(order: Order, slot: int) -> Iterator[ProjectKey]:
    part = 0
    while True:
        part += 1
        yield ProjectKey(order.set_name, order.kind, slot, part, order.page.version, order.masks)


def _task(sample: ReviewSample, order: Order, slot: int) -> Json:
    cues = [cue.id for cue in order.page.cues]
    if order.kind is Kind.ADJUDICATION:
        return adjudication_task(sample, cues=cues)
    shown = preannotated(sample.sample_id, slot, order.settings.preannotated)
    return blind_task(sample, shown=shown, masks=order.masks, cues=cues)


def _import(
    server: ReviewServer,
    project: int,
    samples: Sequence[ReviewSample],
    make: Callable[[ReviewSample], Json],
) -> list[TaskState]:
    """Import in batches; where an answer is lost, look what arrived and send the rest."""
    left = list(samples)
    for attempt in range(1, _TRIES + 1):
        try:
            for first in range(0, len(left), _BATCH):
                server.import_tasks(project, [make(one) for one in left[first : first + _BATCH]])
            break
        except ServerUnreachable:
            if attempt == _TRIES:
                raise
            there = {task.key for task in server.tasks(project)}
            left = [one for one in left if task_key(one.sample_id) not in there]
    return server.tasks(project)


def _without_doubles(
    server: ReviewServer, project: int, tasks: Sequence[TaskState]
) -> list[TaskState]:
    """Of tasks of one sample, keep the one that people worked on, or the first; delete the others.

    They arise where a request that was given up on reached the server after all. A double that
    people worked on as well is left.
    """
    by_key: dict[str, list[TaskState]] = defaultdict(list)
    for task in tasks:
        by_key[task.key or f"#{task.id}"].append(task)
    kept: list[TaskState] = []
    for same in by_key.values():
        best, *others = sorted(same, key=lambda task: (-task.annotations, task.id))
        kept.append(best)
        for other in others:
            if other.annotations:
                kept.append(other)
            else:
                server.delete_task(project, other.id)
    return sorted(kept, key=lambda task: task.id)


def _known_projects(server: ReviewServer) -> dict[ProjectKey, Project]:
    """Our projects by key; of two with one key, the older one."""
    found: dict[ProjectKey, Project] = {}
    for project in server.projects():
        key = project_key(project.description)
        if key is not None:
            found.setdefault(key, project)
    return found
