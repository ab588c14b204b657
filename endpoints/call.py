"""A request to an endpoint as data: what is asked, what was sent back, what was bought."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.identity import digest


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked, and what it may cost.

    `payload`: JSON-able, uploads by their SHA-256. `draw` tells requests apart that are otherwise
    equal: another draw is another request. `estimate`: US dollars, about. `cost`: what an answer
    (its parsed JSON, None where it is none) cost; None where it does not tell. `tokens`: about how
    many count against a limit by tokens. `resend_lost`: send again, knowingly, what may have been
    paid for already.
    """

    url: str
    model: str
    payload: Mapping[str, Any]
    draw: int
    estimate: float
    cost: Callable[[Any], float | None]
    tokens: float = 0.0
    resend_lost: bool = False

    @property
    def key(self) -> str:
        """The request's name in the ledger: 64 hex digits over all that was asked."""
        return digest("request", self.url, self.model, dict(self.payload), self.draw)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server sent for a request that it served. Names of headers are in lower case."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was bought, now or in an earlier run.

    `data`: its parsed JSON, None where it is none. `dollars`: what it cost.
    """

    key: str
    data: Any
    dollars: float
    request_id: str | None


def parsed(body: bytes) -> Any:
    """A body's JSON, None where it is none. What a server sends is data, never evaluated."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
