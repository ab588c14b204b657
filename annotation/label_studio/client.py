"""A Label Studio server over HTTP.

Plain requests for the few fields that are needed, so that a stand-in transport is all a test wants.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from annotation.label_studio.errors import ReviewError, ServerUnreachable
from annotation.label_studio.review_server import Json, Project, TaskState

PAGE = 1000
EXPORT_BATCH = 500
_TRIES = 4
_FIRST_PAUSE = 0.5
_TIMEOUT = 120.0
_FIELDS = "id,data,updated_at,total_annotations,cancelled_annotations,total_predictions"


class LabelStudio:
    """A `ReviewServer` over HTTP.

    `token` is the legacy token of Account & Settings; `transport` stands in for the network in
    tests (`fake.FakeLabelStudio`). Requests that only read are tried again when the server
    stumbles; those that write are not, because they may have worked.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self._pause = pause
        self._http = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Token {token}"},
            timeout=_TIMEOUT,
            transport=transport,
            # A proxy for the outside world must not see the loopback address.
            trust_env=False,
        )

    def __enter__(self) -> LabelStudio:
        return self

    def __exit__(self, *exc: object) -> None:
        self._http.close()

    def projects(self) -> list[Project]:
        """See `ReviewServer`."""
        found: list[Project] = []
        page = 1
        while True:
            wanted = {
                "page": page,
                "page_size": PAGE,
                "include": "id,title,description,created_at",
            }
            answer = self._get("/api/projects/", wanted)
            found += [_project(entry) for entry in answer["results"]]
            if answer["next"] is None:
                return sorted(found, key=lambda project: project.id)
            page += 1

    def create_project(self, title: str, description: str, configuration: str) -> Project:
        """See `ReviewServer`."""
        body = {
            "title": title,
            "description": description,
            "label_config": configuration,
            # Whoever cannot judge says so; a skipped task says nothing.
            "show_skip_button": False,
            "maximum_annotations": 1,
            "show_collab_predictions": True,
        }
        return _project(self._send("POST", "/api/projects/", json=body).json())

    def serve(self, project: int, folder: Path) -> None:
        """See `ReviewServer`. The server must have been started with a root above the folder."""
        rows = self._get("/api/storages/localfiles", {"project": project})
        if any(row["path"] == str(folder) for row in rows):
            return
        body = {
            "project": project,
            "path": str(folder),
            "title": "pictures",
            "use_blob_urls": False,
        }
        self._send("POST", "/api/storages/localfiles", json=body)

    def tasks(self, project: int) -> list[TaskState]:
        """See `ReviewServer`."""
        found: list[TaskState] = []
        page = 1
        while True:
            wanted = {"project": project, "page": page, "page_size": PAGE, "include": _FIELDS}
            answer = self._get("/api/tasks", wanted)
            found += [_task(entry) for entry in answer["tasks"]]
            if len(found) >= answer["total"] or not answer["tasks"]:
                return sorted(found, key=lambda task: task.id)
            page += 1

    def import_tasks(self, project: int, tasks: Sequence[Json]) -> None:
        """See `ReviewServer`."""
        self._send("POST", f"/api/projects/{project}/import", json=list(tasks))

    def delete_task(self, project: int, task: int) -> None:
        """See `ReviewServer`."""
        self._send("DELETE", f"/api/tasks/{task}/")

    def annotated(self, project: int, tasks: Iterable[int]) -> list[Json]:
        """See `ReviewServer`."""
        wanted = list(tasks)
        found: list[Json] = []
        for first in range(0, len(wanted), EXPORT_BATCH):
            parameters: dict[str, Any] = {
                "exportType": "JSON",
                "download_all_tasks": "true",
                "ids[]": wanted[first : first + EXPORT_BATCH],
            }
            found += self._get(f"/api/projects/{project}/export", parameters)
        return found

    def people(self) -> dict[int, str]:
        """See `ReviewServer`."""
        return {user["id"]: user["email"] for user in self._get("/api/users/", {})}

    def invitation(self) -> str:
        """The address at which another person makes an account of their own."""
        return self.url + str(self._get("/api/invite", {})["invite_url"])

    def _get(self, path: str, parameters: Mapping[str, Any]) -> Any:
        pause = _FIRST_PAUSE
        for _ in range(_TRIES - 1):
            try:
                return self._read(path, parameters)
            except ServerUnreachable:
                self._pause(pause)
                pause *= 2
        return self._read(path, parameters)

    def _read(self, path: str, parameters: Mapping[str, Any]) -> Any:
        answer = self._send("GET", path, params=parameters)
        try:
            return answer.json()
        except ValueError as error:
            raise ReviewError(
                f"{self.url}{path} answers with something else than JSON; is it Label Studio?"
            ) from error

    def _send(self, method: str, path: str, **content: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **content)
        except httpx.HTTPError as error:
            raise ServerUnreachable(
                f"Label Studio at {self.url} did not answer ({error}). Start it with "
                "`counterfoil review up`, or check the URL."
            ) from error
        if answer.is_success:
            return answer
        said = " ".join(answer.text.split())[:400]
        if answer.status_code in (401, 403):
            raise ReviewError(
                f"Label Studio at {self.url} refused the token ({answer.status_code}). Use the "
                "legacy token of Account & Settings, for a user who may see all projects."
            )
        if answer.status_code == 429 or answer.status_code >= 500:
            raise ServerUnreachable(
                f"Label Studio at {self.url} is in trouble ({answer.status_code}: {said}). Run "
                "the same command again; nothing is done twice."
            )
        raise ReviewError(f"Label Studio refused {method} {path} ({answer.status_code}): {said}")


def _project(entry: Json) -> Project:
    return Project(
        entry["id"], entry["title"] or "", entry["description"] or "", entry["created_at"]
    )


def _task(entry: Json) -> TaskState:
    return TaskState(
        id=entry["id"],
        key=str(entry["data"].get("key", "")),
        changed=entry["updated_at"],
        annotations=entry["total_annotations"] + entry["cancelled_annotations"],
        preannotated=entry["total_predictions"] > 0,
    )
