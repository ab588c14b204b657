"""The local server's files and batches: requests that are worked on later, at half the price."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from endpoints.call import parsed
from endpoints.local_behaviour import Behaviour

Work: TypeAlias = Callable[[str, dict[str, Any], str], tuple[int, dict[str, Any]]]
"""Answers the request of one line: its path, body and custom id; the status and body of it."""
_EXPIRED = {
    "code": "batch_expired",
    "message": "This request could not be executed before the completion window expired.",
}
_FAILING = {"message": "The server had an error", "type": "server_error", "code": "server_error"}
_OVER = ("completed", "expired", "failed", "cancelled")


class NoSuchThing(Exception):
    """The client names a file or a batch that is not there."""


@dataclass(slots=True)
class _Batch:
    """One batch. `done_at` by `time.monotonic`."""

    told: dict[str, Any]
    done_at: float
    path: str
    lines: list[Mapping[str, Any]] = field(default_factory=list)


class Batches:
    """All files and batches of one server. Used by one thread at a time."""

    def __init__(self, behaviour: Behaviour, work: Work, attempt: Callable[[str], int]) -> None:
        self._behaviour, self._work, self._attempt = behaviour, work, attempt
        self._uploads = 0
        self._files: dict[str, tuple[dict[str, Any], bytes]] = {}
        self._batches: dict[str, _Batch] = {}

    def upload(self, name: str, purpose: str, content: bytes) -> dict[str, Any]:
        """Keep a file."""
        self._uploads += 1
        told = {
            "id": f"file-{self._uploads}",
            "object": "file",
            "bytes": len(content),
            "created_at": int(time.time()),
            "filename": name,
            "purpose": purpose,
            "status": "processed",
        }
        self._files[str(told["id"])] = told, content
        return told

    def content(self, file_id: str) -> bytes:
        """A file's bytes. Raises `NoSuchThing`."""
        return self._file(file_id)[1]

    def delete(self, file_id: str) -> dict[str, Any]:
        """Remove a file. Raises `NoSuchThing`."""
        self._file(file_id)
        del self._files[file_id]
        return {"id": file_id, "object": "file", "deleted": True}

    def create(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Begin a batch. Raises `NoSuchThing` where its file is not there."""
        content = self.content(str(asked.get("input_file_id")))
        number = len(self._batches)
        told: dict[str, Any] = {
            "id": f"batch_{number + 1}",
            "object": "batch",
            "endpoint": asked["endpoint"],
            "completion_window": asked["completion_window"],
            "input_file_id": asked["input_file_id"],
            "metadata": asked.get("metadata"),
            "created_at": int(time.time()),
            "status": "in_progress",
        }
        lines = [parsed(line) for line in content.splitlines()]
        problem = _problem(lines, told["endpoint"])
        if number < self._behaviour.batches_rejected:
            problem = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}
        if problem:
            told |= {"status": "failed", "errors": {"object": "list", "data": [problem]}}
            lines = []
        done_at = time.monotonic() + self._behaviour.batch_seconds
        self._batches[told["id"]] = _Batch(told, done_at, told["endpoint"], lines)
        return told

    def retrieve(self, batch_id: str) -> dict[str, Any]:
        """How a batch stands. Raises `NoSuchThing`."""
        batch = self._batches.get(batch_id)
        if batch is None:
            raise NoSuchThing(f"No batch found with id {batch_id!r}")
        if batch.told["status"] not in _OVER and time.monotonic() >= batch.done_at:
            self._finish(batch)
        return batch.told

    def page(self, after: str | None, limit: int) -> dict[str, Any]:
        """A page of batches, the newest first."""
        names = [*reversed(self._batches)]
        begin = names.index(after) + 1 if after in names else 0
        page = [self.retrieve(name) for name in names[begin : begin + limit]]
        return {
            "object": "list",
            "data": page,
            "first_id": page[0]["id"] if page else None,
            "last_id": page[-1]["id"] if page else None,
            "has_more": begin + limit < len(names),
        }

    def _finish(self, batch: _Batch) -> None:
        answers: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        late = 0
        for number, line in enumerate(batch.lines):
            name = str(line["custom_id"])
            first = self._attempt(name) == 0
            fate = self._behaviour.in_batch(name) if first else None
            told: dict[str, Any] = {
                "id": f"batch_req_{number}",
                "custom_id": name,
                "response": None,
                "error": None,
            }
            if fate == "expired":
                late += 1
                errors.append(told | {"error": _EXPIRED})
                continue
            status, body = 500, {"error": _FAILING}
            if fate is None:
                status, body = self._work(batch.path, dict(line["body"]), name)
            told["response"] = {"status_code": status, "request_id": f"req_{name}", "body": body}
            (answers if status < 300 else errors).append(told)
        batch.told |= {
            "status": "expired" if late else "completed",
            "output_file_id": self._written("output", answers),
            "error_file_id": self._written("errors", errors),
            "request_counts": {
                "total": len(batch.lines),
                "completed": len(answers),
                "failed": len(errors),
            },
        }

    def _written(self, name: str, lines: list[dict[str, Any]]) -> str | None:
        if not lines:
            return None
        # They come in an order of their own.
        content = "\n".join(json.dumps(line) for line in reversed(lines)) + "\n"
        told = self.upload(f"{name}.jsonl", "batch_output", content.encode())
        return str(told["id"])

    def _file(self, file_id: str) -> tuple[dict[str, Any], bytes]:
        if file_id not in self._files:
            raise NoSuchThing(f"No such File object: {file_id}")
        return self._files[file_id]


def _problem(lines: list[Any], path: str) -> dict[str, Any] | None:
    """What is wrong with the lines of a batch, None where nothing is."""
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        name = line.get("custom_id") if isinstance(line, dict) else None
        if not isinstance(name, str) or line.get("method") != "POST" or "body" not in line:
            return {
                "code": "invalid_json_line",
                "message": "This line is no request",
                "line": number,
            }
        if name in seen:
            return {"code": "duplicate_custom_id", "message": f"{name} twice", "line": number}
        if line.get("url") != path:
            return {"code": "mismatched_url", "message": "Another url", "line": number}
        seen.add(name)
    return None if lines else {"code": "empty_file", "message": "The file holds no request"}
