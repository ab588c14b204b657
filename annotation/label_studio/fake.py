"""A Label Studio that lives in memory, for tests and for trying things out without a server.

It answers the requests that `client.LabelStudio` makes as version 1.23 answers them, its
carelessness included: it takes any task and never looks for duplicates. `person` works at it as
people do, and `Fault` makes it stumble, before or after it has done what was asked.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from annotation.label_studio.client import LabelStudio
from annotation.label_studio.review_server import Json
from schemas.identity import derive_id

URL = "http://label-studio.invalid"
TOKEN = "fake-token"
_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Fault:
    """The next `times` requests whose "METHOD /path" contains `where` go wrong.

    `status` 0 breaks the connection. With `done`, the server first does what was asked.
    """

    where: str
    status: int = 500
    times: int = 1
    done: bool = False


@dataclass(slots=True)
class _Task:
    id: int
    project: int
    data: Json
    predictions: list[Json]
    updated_at: str
    annotations: dict[int, Json] = field(default_factory=dict)


class FakeLabelStudio:
    """`FakeLabelStudio().connect()` is a client of a fresh, empty server."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.requests: Counter[str] = Counter()
        self.users: dict[int, str] = {1: "reviewer@localhost.localdomain"}
        self.folders: dict[int, list[str]] = {}
        self._projects: dict[int, Json] = {}
        self._tasks: dict[int, _Task] = {}
        self._numbers = itertools.count(1)
        self._ticks = itertools.count()
        self._lock = threading.Lock()

    def connect(self) -> LabelStudio:
        """A client that talks to this server and does not wait between its tries."""
        transport = httpx.MockTransport(self._handle)
        return LabelStudio(URL, TOKEN, transport=transport, pause=lambda seconds: None)

    def annotate(self, task: int, result: list[Json], *, person: str, seconds: float = 10.0) -> int:
        """Submit an annotation as `person` (an e-mail address); returns its id."""
        with self._lock:
            number = next(self._numbers)
            now = self._now()
            self._tasks[task].annotations[number] = {
                "id": number,
                "unique_id": derive_id("annotation", number, now),
                "completed_by": self._user(person),
                "result": result,
                "was_cancelled": False,
                "created_at": now,
                "updated_at": now,
                "lead_time": seconds,
                "task": task,
            }
            self._tasks[task].updated_at = now
            return number

    def change(self, annotation: int, result: list[Json]) -> None:
        """Submit an annotation once more, with another content."""
        with self._lock:
            task, found = self._annotation(annotation)
            found |= {"result": result, "updated_at": self._now()}
            task.updated_at = found["updated_at"]

    def delete(self, annotation: int) -> None:
        """Delete an annotation."""
        with self._lock:
            task, _ = self._annotation(annotation)
            del task.annotations[annotation]
            task.updated_at = self._now()

    def delete_task(self, task: int) -> None:
        """Delete a task, and what people said of it."""
        with self._lock:
            del self._tasks[task]

    def contents(self, project: int) -> list[Json]:
        """The tasks of a project as they were imported: data and predictions."""
        with self._lock:
            return [
                {"id": task.id, "data": task.data, "predictions": task.predictions}
                for task in self._of(project)
            ]

    def _handle(self, request: httpx.Request) -> httpx.Response:
        line = f"{request.method} {request.url.path}"
        with self._lock:
            self.requests[line] += 1
            fault = next((one for one in self.faults if one.where in line and one.times), None)
            if fault is not None:
                fault.times -= 1
                if fault.done:
                    self._answer(request)
                if fault.status == 0:
                    raise httpx.ConnectError("the fake server broke off", request=request)
                return httpx.Response(fault.status, text="the fake server is in trouble")
            if request.headers.get("Authorization") != f"Token {TOKEN}":
                return httpx.Response(401, json={"detail": "Invalid token."})
            return self._answer(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        for method, pattern, handle in self._routes():
            found = re.fullmatch(pattern, request.url.path)
            if found and method == request.method:
                return handle(request, *map(int, found.groups()))
        return httpx.Response(404, text="no such page")

    def _routes(self) -> Iterator[tuple[str, str, Callable[..., httpx.Response]]]:
        yield "GET", "/api/projects/", self._list_projects
        yield "POST", "/api/projects/", self._make_project
        yield "GET", "/api/storages/localfiles", self._list_folders
        yield "POST", "/api/storages/localfiles", self._add_folder
        yield "GET", "/api/tasks", self._list_tasks
        yield "POST", r"/api/projects/(\d+)/import", self._import
        yield "GET", r"/api/projects/(\d+)/export", self._export
        yield "DELETE", r"/api/tasks/(\d+)/", self._delete_task
        yield "GET", "/api/users/", self._list_users
        yield "GET", "/api/invite", self._invite

    def _list_projects(self, request: httpx.Request) -> httpx.Response:
        listed, more = _page(list(self._projects.values()), request)
        return _json({"results": listed, "next": URL if more else None})

    def _make_project(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if not 3 <= len(body["title"]) <= 50:
            return _json({"validation_errors": {"title": ["3 to 50 characters"]}}, 400)
        number = next(self._numbers)
        self._projects[number] = body | {"id": number, "created_at": self._now()}
        return _json(self._projects[number], 201)

    def _list_folders(self, request: httpx.Request) -> httpx.Response:
        project = int(request.url.params["project"])
        return _json([{"path": path} for path in self.folders.get(project, [])])

    def _add_folder(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.folders.setdefault(body["project"], []).append(body["path"])
        return _json(body, 201)

    def _list_tasks(self, request: httpx.Request) -> httpx.Response:
        tasks = self._of(int(request.url.params["project"]))
        listed, _ = _page(tasks, request)
        entries = [
            {
                "id": task.id,
                "data": task.data,
                "updated_at": task.updated_at,
                "total_annotations": len(task.annotations),
                "cancelled_annotations": 0,
                "total_predictions": len(task.predictions),
            }
            for task in listed
        ]
        return _json({"total": len(tasks), "tasks": entries})

    def _import(self, request: httpx.Request, project: int) -> httpx.Response:
        for body in json.loads(request.content):
            number = next(self._numbers)
            predictions = body.get("predictions", [])
            self._tasks[number] = _Task(number, project, body["data"], predictions, self._now())
        return _json({"task_count": 1}, 201)

    def _export(self, request: httpx.Request, project: int) -> httpx.Response:
        wanted = {int(number) for number in request.url.params.get_list("ids[]")}
        entries = [
            {
                "id": task.id,
                "data": task.data,
                "updated_at": task.updated_at,
                "annotations": list(task.annotations.values()),
            }
            for task in self._of(project)
            if task.id in wanted
        ]
        return _json(entries)

    def _delete_task(self, request: httpx.Request, task: int) -> httpx.Response:
        return httpx.Response(404 if self._tasks.pop(task, None) is None else 204)

    def _list_users(self, request: httpx.Request) -> httpx.Response:
        return _json([{"id": number, "email": email} for number, email in self.users.items()])

    def _invite(self, request: httpx.Request) -> httpx.Response:
        return _json({"invite_url": "/user/signup/?token=fake"})

    def _of(self, project: int) -> list[_Task]:
        return [task for task in self._tasks.values() if task.project == project]

    def _annotation(self, number: int) -> tuple[_Task, Json]:
        for task in self._tasks.values():
            if number in task.annotations:
                return task, task.annotations[number]
        raise KeyError(f"there is no annotation {number}")

    def _user(self, email: str) -> int:
        for number, known in self.users.items():
            if known == email:
                return number
        number = max(self.users) + 1
        self.users[number] = email
        return number

    def _now(self) -> str:
        """A clock that ticks once an event, so that runs are alike."""
        now = _START + timedelta(seconds=next(self._ticks))
        return now.isoformat().replace("+00:00", "Z")


def _page(entries: list[Any], request: httpx.Request) -> tuple[list[Any], bool]:
    size = int(request.url.params.get("page_size", 100))
    first = size * (int(request.url.params.get("page", 1)) - 1)
    return entries[first : first + size], len(entries) > first + size


def _json(content: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=content)
