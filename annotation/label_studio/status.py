"""How far people are, how long they take, and how often they agree so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import median

from annotation.label_studio.project_key import ProjectKey, project_key
from annotation.label_studio.pulled import Pulled, read_pulled
from annotation.label_studio.review_server import Project, ReviewServer
from schemas.annotation import Annotation
from schemas.attributes import ATTRIBUTES, WHOLE
from schemas.vocabulary import Verdict


@dataclass(frozen=True, slots=True)
class Progress:
    """A project: how many of its tasks somebody has judged, as the server says now."""

    key: ProjectKey
    project: Project
    tasks: int
    done: int


@dataclass(frozen=True, slots=True)
class Person:
    """What one person has submitted, as of the last pull; `seconds`: the median for a task."""

    name: str
    tasks: int
    seconds: float | None
    unsure: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Pairs of people who judged one attribute of one picture, and how many pairs agree."""

    attribute: str
    pairs: int
    agreeing: int

    @property
    def share(self) -> float | None:
        """The share of pairs that agree, 0..1; None where there are none."""
        return self.agreeing / self.pairs if self.pairs else None


@dataclass(frozen=True, slots=True)
class Status:
    """How a review stands."""

    projects: tuple[Progress, ...]
    people: tuple[Person, ...]
    agreement: tuple[Agreement, ...]


def status(server: ReviewServer, review: Path) -> Status:
    """How the review of a folder stands: progress as of now, the rest as of the last pull."""
    projects = []
    for project in server.projects():
        key = project_key(project.description)
        if key is not None:
            tasks = server.tasks(project.id)
            done = sum(task.annotations > 0 for task in tasks)
            projects.append(Progress(key, project, len(tasks), done))
    pulled = read_pulled(review)
    return Status(tuple(projects), _people(pulled), agreement(pulled.standing()))


def agreement(rows: Iterable[Annotation]) -> tuple[Agreement, ...]:
    """Plain agreement of verdicts, `unsure` counting as one, by attribute, the whole first.

    A person who judged a picture twice counts with the judgement that comes last in `rows`.
    """
    judged: dict[tuple[str, str], dict[str, Verdict]] = defaultdict(dict)
    for row in rows:
        judged[row.attribute, row.sample_id][row.rater] = row.verdict
    found = []
    for attribute in (WHOLE, *(one.id for one in ATTRIBUTES)):
        pairs = [
            one is other
            for (about, _), verdicts in judged.items()
            if about == attribute
            for one, other in combinations(verdicts.values(), 2)
        ]
        found.append(Agreement(attribute, len(pairs), sum(pairs)))
    return tuple(found)


def _people(pulled: Pulled) -> tuple[Person, ...]:
    seconds: dict[str, list[float | None]] = defaultdict(list)
    for version in pulled.last.values():
        if not version.deleted:
            seconds[version.rater].append(version.seconds)
    unsure = [
        row.rater
        for row in pulled.standing()
        if row.attribute == WHOLE and row.verdict is Verdict.UNSURE
    ]
    return tuple(
        Person(name, len(taken), _median(taken), unsure.count(name))
        for name, taken in sorted(seconds.items())
    )


def _median(seconds: Iterable[float | None]) -> float | None:
    known = [one for one in seconds if one is not None]
    return median(known) if known else None
