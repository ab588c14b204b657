"""How a request to an endpoint can end other than with an answer.

`EndpointError` concerns every request alike and stops a run; the others concern one request.

RequestFailed
├── Refused     the endpoint will never answer it; nothing was paid
├── AnswerLost  it may have been paid for, and its answer is gone
├── BadAnswer   it was paid for, and its answer is of no use
├── Unserved    it failed again and again while others were answered; nothing was paid
├── NotServed   it failed this time; nothing was paid, so it may be sent again
└── Stopped     the run is ending; it was not sent
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.errors import CounterfoilError


class EndpointError(CounterfoilError):
    """An endpoint cannot be used as it is configured, or it is down. No job is to blame."""


class RequestFailed(Exception):
    """Root of what ends one request. `reason` is a snake_case word, `detail` a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Refused(RequestFailed):
    """The endpoint will never answer this request, and did not charge for it."""


class AnswerLost(RequestFailed):
    """The request may have been paid for, but its answer never arrived whole."""

    def __init__(self, detail: str) -> None:
        super().__init__("answer_lost", detail)


class BadAnswer(RequestFailed):
    """The answer was paid for, and holds no text, or one that was cut short."""

    def __init__(self, detail: str) -> None:
        super().__init__("broken_answer", detail)


class Unserved(RequestFailed):
    """The endpoint answers others, but fails at this request every time."""

    def __init__(self, detail: str) -> None:
        super().__init__("server_error", detail)


class NotServed(RequestFailed):
    """Nothing was paid. `throttled`: by a rate limit. `headers`: the server's, in lower case."""

    def __init__(
        self, detail: str, headers: Mapping[str, str] | None = None, *, throttled: bool = False
    ) -> None:
        super().__init__("throttled" if throttled else "not_served", detail)
        self.headers = headers or {}
        self.throttled = throttled


class Stopped(RequestFailed):
    """The run is ending, so this request was not sent."""

    def __init__(self) -> None:
        super().__init__("stopped", "the run is ending")
