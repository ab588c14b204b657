"""Enters what a batch's files say of its requests into the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, TypeAlias

from endpoints.batch_service import BatchService, Line
from endpoints.call import Answer
from endpoints.errors import AnswerLost, EndpointError, NotServed, Refused, RequestFailed
from endpoints.ledger import Entry, Ledger, State
from endpoints.purchase import bought, refused_entry
from endpoints.verdicts import by_status

Told: TypeAlias = Answer | RequestFailed | EndpointError


class BatchLines:
    """Reads the files that batches end with. `cost`: see `endpoints.call.Call`."""

    def __init__(
        self, service: BatchService, ledger: Ledger, cost: Callable[[Any], float | None]
    ) -> None:
        self._service, self._ledger, self._cost = service, ledger, cost

    def entered(
        self, name: str, files: Iterable[str], waiting: Mapping[str, Entry]
    ) -> tuple[dict[str, Told], int]:
        """What came of each request of the batch `name`, by its key, and how many lines said so.

        Answers and refusals are in the ledger when this returns.
        `NotServed`: it was not worked on, and may be asked again. `waiting`: the entries of those
        whose dialogues have asked already; the ledger has those of the others.
        """
        told: dict[str, Told] = {}
        lines = 0
        writing: list[Future[None]] = []
        for file_id in files:
            for line in self._service.lines(file_id):
                lines += 1
                entry = waiting.get(line.key) or self._unasked(line.key, name)
                if entry is None or line.key in told:
                    continue
                told[line.key] = self._enter(line, entry, writing)
        for future in writing:
            future.result()
        return told, lines

    def _unasked(self, key: str, name: str) -> Entry | None:
        record = self._ledger.read(key).result()
        if record is None or record.entry.batch != name or record.entry.state is not State.SENT:
            return None
        return record.entry

    def _enter(self, line: Line, entry: Entry, writing: list[Future[None]]) -> Told:
        if line.status == 0:
            return NotServed(f"{line.body.get('code')}: {line.body.get('message')}")
        entry = replace(entry, request_id=line.request_id)
        if line.status < 300:
            body = json.dumps(line.body).encode()
            answer, entry = bought(self._cost, line.key, entry, body)
            writing.append(self._ledger.write(line.key, entry, body))
            return answer
        end = by_status(line.status, line.body.get("error", line.body), {})
        if isinstance(end, Refused):
            writing.append(self._ledger.write(line.key, refused_entry(entry, end)))
        # Errors of a batch are free, whatever kind they are.
        return NotServed(end.detail) if isinstance(end, AnswerLost) else end
