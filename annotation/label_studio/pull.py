"""Brings home what people submitted since the last pull: new, changed and deleted annotations.

Which tasks are looked at is decided by when each last changed, which annotations are new by when
each of them did. A pull that was killed, or its note of what was seen lost, is mended by the next.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from upath import UPath

from annotation.label_studio.judgements import judgement, seconds_of
from annotation.label_studio.ledger import Ledger, holding, read_ledger
from annotation.label_studio.project_key import ProjectKey, project_key
from annotation.label_studio.pulled import Version, append, read_pulled
from annotation.label_studio.review_server import Json, Project, ReviewServer, TaskState
from schemas.annotation import Annotation
from storage.files import write_bytes

SEEN = "seen.json"


@dataclass(slots=True)
class PullReport:
    """What a pull found. `added`, `changed`, `deleted` count annotations (submissions).

    `problems`: what could not be understood and was left out. `absent`: projects that were pulled
    from before and are not on this server; what people said there stands.
    """

    added: int = 0
    changed: int = 0
    deleted: int = 0
    rows: int = 0
    problems: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


def pull(server: ReviewServer, review: Path) -> PullReport:
    """Add to the log of the review folder (`pulled.read_pulled`) whatever is not yet in it.

    Pulling again without a change on the server adds nothing. Deletions are believed only within
    projects that the server still has: an empty server takes back nothing. Raises `ReviewError`
    where the server fails; then nothing was added.
    """
    with holding(review):
        known: dict[str, dict[str, Version]] = defaultdict(dict)
        for version in read_pulled(review).last.values():
            known[version.origin][version.annotation] = version
        seen = _read_seen(review)
        work = _Pull(server, read_ledger(review), server.people())
        origins: set[str] = set()
        for project in server.projects():
            key = project_key(project.description)
            if key is not None:
                origin = _origin(project)
                origins.add(origin)
                seen[origin] = work.compare(project, key, known[origin], seen.get(origin, {}))
        report = work.report
        report.rows = len(work.rows)
        absent = known.keys() - origins
        report.absent = sorted({one.project for name in absent for one in known[name].values()})
        append(review, work.versions, work.rows)
        write_bytes(UPath(review / SEEN), json.dumps(seen, indent=0, sort_keys=True).encode())
    return report


class _Pull:
    """What one pull gathers."""

    def __init__(self, server: ReviewServer, ledger: Ledger, people: dict[int, str]) -> None:
        self.versions: list[Version] = []
        self.rows: list[Annotation] = []
        self.report = PullReport()
        self._server, self._ledger, self._people = server, ledger, people

    def compare(
        self,
        project: Project,
        key: ProjectKey,
        known: Mapping[str, Version],
        seen: Mapping[str, str],
    ) -> dict[str, str]:
        """Gather what is new in a project and what is gone; returns what was seen and settled."""
        states = {task.id: task for task in self._server.tasks(project.id)}
        # A task in which nobody ever worked needs no second look.
        worked = {version.task for version in known.values() if not version.deleted}
        wanted = [
            task.id
            for task in states.values()
            if (task.annotations or task.id in worked) and seen.get(str(task.id)) != _mark(task)
        ]
        there: dict[int, set[str]] = {task: set() for task in wanted}
        unsettled: set[int] = set()
        for found in self._server.annotated(project.id, wanted):
            task = states[found["id"]]
            for annotation in found["annotations"]:
                if annotation.get("was_cancelled"):
                    continue
                name = _name(annotation)
                there[task.id].add(name)
                before = known.get(name)
                if before and not before.deleted and before.updated_at == annotation["updated_at"]:
                    continue
                if not self._take(annotation, task, project, key):
                    unsettled.add(task.id)
                elif before is None or before.deleted:
                    self.report.added += 1
                else:
                    self.report.changed += 1
        for name, version in known.items():
            gone = version.task not in states or name not in there.get(version.task, {name})
            if gone and not version.deleted:
                self.report.deleted += 1
                self.versions.append(replace(version, deleted=True, rows=()))
        return {str(task.id): _mark(task) for task in states.values() if task.id not in unsettled}

    def _take(self, annotation: Json, task: TaskState, project: Project, key: ProjectKey) -> bool:
        """Gather one new or changed annotation; False where its sample is not known."""
        where = f"task {task.id} of “{project.title}”"
        sample = self._ledger.samples.get(task.key)
        if sample is None:
            self.report.problems.append(
                f"{where}: its picture is not in the ledger; run `counterfoil review push`, which "
                "makes nothing twice, and pull again"
            )
            return False
        author = annotation.get("completed_by")
        number = author.get("id") if isinstance(author, dict) else author
        person = self._people.get(number or 0, f"user {number}")
        judged = judgement(annotation, sample, person, key, preannotated=task.preannotated)
        self.report.problems += [f"{where}: {problem}" for problem in judged.problems]
        self.versions.append(
            Version(
                annotation=_name(annotation),
                project=key.id,
                origin=_origin(project),
                task=task.id,
                sample_id=sample.sample_id,
                rater=person,
                updated_at=annotation["updated_at"],
                preannotated=task.preannotated,
                seconds=seconds_of(annotation),
                deleted=False,
                rows=tuple(row.annotation_id for row in judged.rows),
            )
        )
        self.rows += judged.rows
        return True


def _name(annotation: Json) -> str:
    return str(annotation.get("unique_id") or annotation["id"])


def _origin(project: Project) -> str:
    return f"{project.id}@{project.created_at}"


def _mark(task: TaskState) -> str:
    return f"{task.changed} {task.annotations}"


def _read_seen(review: Path) -> dict[str, dict[str, str]]:
    """What the last pull saw; where that is lost everything is looked at again, and known."""
    try:
        seen: dict[str, dict[str, str]] = json.loads((review / SEEN).read_text())
    except (OSError, ValueError):
        return {}
    return seen
