"""An endpoint's files and batches, by its openai client: what costs nothing is tried again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from endpoints.call import parsed
from endpoints.client import Client
from endpoints.errors import EndpointError, NotServed, RequestFailed
from endpoints.rate import backoff, parse_retry_after
from endpoints.verdicts import verdict

if TYPE_CHECKING:
    from openai.types import Batch

_Result = TypeVar("_Result")
_TRIES = 8
_PATH: Literal["/v1/chat/completions"] = "/v1/chat/completions"
_NAME = "counterfoil"
"""The piece of metadata under which a batch carries our name for it."""
_OVER = ("completed", "expired", "cancelled", "failed")


@dataclass(frozen=True, slots=True)
class Line:
    """What came of one request. `status`: 0 where it was not worked on; `body` says why."""

    key: str
    status: int
    body: dict[str, Any]
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a batch stands.

    `status`: as the service says, "gone" where it does not know it any more. `results`: the ids of
    the files that hold what came of its requests, errors included; `asked`: of the file that holds
    these. `problem`: code and message where it failed as a whole.
    """

    over: bool
    status: str
    done: int
    total: int
    results: tuple[str, ...] = ()
    asked: str = ""
    problem: tuple[str, str] | None = None


class BatchService:
    """Batches of chat requests at one endpoint. Raises what `endpoints.errors` knows."""

    def __init__(self, client: Client) -> None:
        self._once = client.sdk
        self._patient = client.sdk.with_options(max_retries=_TRIES)

    def upload(self, path: Path) -> str:
        """Upload a file of requests; its id."""
        with path.open("rb") as file:
            kept = _told(
                lambda: self._patient.files.create(file=(path.name, file), purpose="batch")
            )
        return kept.id

    def create(self, file_id: str, name: str) -> str:
        """Have an uploaded file worked on within a day, under our own `name`; the batch's id.

        Raises `AnswerLost` where nobody knows whether it was created.
        """

        def once() -> Batch:
            return self._once.batches.create(
                input_file_id=file_id,
                endpoint=_PATH,
                completion_window="24h",
                metadata={_NAME: name},
                extra_headers={"Idempotency-Key": name},
            )

        for attempt in range(_TRIES):
            try:
                return _told(once).id
            except NotServed as failure:
                last = failure
                time.sleep(max(parse_retry_after(failure.headers) or 0.0, backoff(attempt)))
        raise EndpointError(f"no batch can be created: {last.detail}. Build again later.")

    def find(self, name: str) -> str | None:
        """The id of the batch that carries our `name`; None where none was created."""

        def search() -> str | None:
            for batch in self._patient.batches.list(limit=100):
                if (batch.metadata or {}).get(_NAME) == name:
                    return batch.id
            return None

        return _told(search)

    def standing(self, batch_id: str) -> Standing:
        """How a batch stands."""
        from openai import NotFoundError, OpenAIError

        try:
            batch = self._patient.batches.retrieve(batch_id)
        except NotFoundError:
            return Standing(over=True, status="gone", done=0, total=0)
        except OpenAIError as error:
            raise verdict(error) from error
        told, counts = (batch.errors and batch.errors.data) or [], batch.request_counts
        problem = (told[0].code or "", told[0].message or "") if told else ("", "no reason given")
        return Standing(
            over=batch.status in _OVER,
            status=batch.status,
            done=counts.completed + counts.failed if counts else 0,
            total=counts.total if counts else 0,
            results=tuple(file for file in (batch.output_file_id, batch.error_file_id) if file),
            asked=batch.input_file_id,
            problem=problem if batch.status == "failed" else None,
        )

    def lines(self, file_id: str) -> Iterator[Line]:
        """What came of the requests of a batch, by one of its files; lines that say nothing not."""
        content: bytes = _told(lambda: self._patient.files.content(file_id).content)
        # At line feeds alone: JSON may hold all that Unicode takes for the end of a line.
        for text in content.split(b"\n"):
            told = parsed(text)
            if not isinstance(told, dict) or not isinstance(told.get("custom_id"), str):
                continue
            response = told.get("response")
            if isinstance(response, dict) and isinstance(response.get("body"), dict):
                status = response.get("status_code")
                yield Line(
                    told["custom_id"],
                    status if isinstance(status, int) else 500,
                    response["body"],
                    str(response.get("request_id") or "") or None,
                )
            elif isinstance(told.get("error"), dict):
                yield Line(told["custom_id"], 0, told["error"], None)

    def delete(self, file_id: str) -> None:
        """Remove a file, where that can be done: it is only tidier so."""
        with suppress(RequestFailed, EndpointError):
            _told(lambda: self._patient.files.delete(file_id))


def _told(ask: Callable[[], _Result]) -> _Result:
    from openai import OpenAIError

    try:
        return ask()
    except OpenAIError as error:
        raise verdict(error) from error
