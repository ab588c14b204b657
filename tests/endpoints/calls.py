"""Calls, and senders that stand in for a client, for tests of the account."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from endpoints.call import Call, Reply
from endpoints.rate import RateLimiter


def make_call(
    name: str = "a", *, draw: int = 0, estimate: float = 0.1, resend_lost: bool = False
) -> Call:
    """A call that costs what its answer says under "dollars"."""
    return Call(
        url="http://endpoint/v1/images/generations",
        model="painter",
        payload={"prompt": name},
        draw=draw,
        estimate=estimate,
        cost=lambda data: data.get("dollars") if isinstance(data, Mapping) else None,
        resend_lost=resend_lost,
    )


class Sender:
    """Does what it is told, one thing a request, and counts; answers once nothing is left."""

    def __init__(self, *ends: Exception | BaseException | Mapping[str, Any]) -> None:
        self.ends = list(ends)
        self.sent: list[str] = []
        self.meanwhile: Callable[[str], None] = lambda key: None

    def __call__(self, key: str) -> Reply:
        self.sent.append(key)
        self.meanwhile(key)
        end = self.ends.pop(0) if self.ends else {"dollars": 0.1}
        if isinstance(end, BaseException):
            raise end
        return Reply(json.dumps(end).encode(), {"x-request-id": f"req-{len(self.sent)}"})


def limits() -> RateLimiter:
    """A limiter that knows of no limit."""
    return RateLimiter()
