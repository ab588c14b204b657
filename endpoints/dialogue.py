"""What is asked of a language model and what comes back, without saying who sends it, or how.

A `Dialogue` is a generator: `answer = yield Question(...)`. It gets a `ChatAnswer`, or as a value
what went wrong; it may ask again; and it returns its result. `endpoints.converse` sends its
questions at once, `endpoints.batch` by batches at half the price, a test from a list of answers.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

from endpoints.errors import RequestFailed
from endpoints.prices import Tokens

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Message:
    """What is said to the model. `images`: PNG, JPEG or WebP files, shown after the text."""

    role: Literal["system", "user", "assistant"]
    text: str
    images: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked.

    `form`: "schema" for an answer by the JSON schema `schema`, sent under `name` as structured
    outputs take it; "json" for any JSON object; "text" for plain text. Without a `schema`, "schema"
    is "text". `draw` tells questions apart that are otherwise equal.
    """

    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    name: str = "answer"
    form: Literal["schema", "json", "text"] = "schema"
    draw: int = 0


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """A model's answer. `text`: as it came; it may be anything, so parsing it is the asker's.

    `model`: what the endpoint says it was, snapshots included. `dollars`: None where nobody knows
    the price. `key`: names the answer in the run's ledger.
    """

    text: str
    model: str
    tokens: Tokens
    dollars: float | None
    key: str


Outcome: TypeAlias = ChatAnswer | RequestFailed
"""What a question came to: an answer, or a value of `Refused`, `AnswerLost`, `Unserved` or
`BadAnswer`, whose `reason` and `detail` say what went wrong."""
Dialogue: TypeAlias = Generator[Question, Outcome, _Result]
"""Yields questions, gets their outcomes, returns a result."""
