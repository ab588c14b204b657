"""Questions, dialogues and models for tests of those who ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from endpoints.chat import ChatModel
from endpoints.client import Endpoint
from endpoints.dialogue import ChatAnswer, Dialogue, Message, Outcome, Question
from endpoints.prices import Price
from storage.codecs import encode_png

PICTURE = encode_png(np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8))
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "verdict": {"type": "string", "enum": ["present", "absent", "unsure"]},
        "rationale": {"type": "string"},
        "boxes": {"type": "array", "items": {"type": "number"}, "minItems": 4},
        "sure": {"type": "boolean"},
    },
    "required": ["verdict", "rationale", "boxes", "sure"],
    "additionalProperties": False,
}
PRICE = Price(text_in=1, image_in=1, text_out=4)


class Serves(Protocol):
    """What serves at an address."""

    @property
    def base_url(self) -> str:
        """What clients take as their base URL."""
        ...


def model(server: Serves, *, resend_lost: bool = False, timeout: float = 60.0) -> ChatModel:
    """A model at a server, whose price is known."""
    endpoint = Endpoint(
        "rater", server.base_url, api_key_env="", timeout=timeout, resend_lost=resend_lost
    )
    return ChatModel(endpoint, price=PRICE)


def question(number: int, said: str = "What of the edges?", schema: bool = True) -> Question:
    """A question about a picture."""
    message = Message("user", f"{said} {number}", (PICTURE,))
    return Question((message,), SCHEMA if schema else None)


def asked(number: int) -> Dialogue[tuple[int, Outcome]]:
    """A dialogue of one question."""
    return number, (yield question(number))


def asked_twice(number: int) -> Dialogue[tuple[int, Outcome]]:
    """A dialogue that asks again where the answer is no text, or no JSON."""
    outcome = yield question(number)
    if not isinstance(outcome, ChatAnswer) or not outcome.text.startswith("{"):
        outcome = yield question(number, "Once more:")
    return number, outcome


def dialogues(count: int) -> Iterator[Dialogue[tuple[int, Outcome]]]:
    """So many dialogues of one question."""
    return (asked(number) for number in range(count))
