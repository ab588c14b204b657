"""Asks a language model that sees pictures, through the run's account; its answer is data."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from endpoints.account import Account
from endpoints.call import Call
from endpoints.client import CHAT, Endpoint, client_for
from endpoints.errors import EndpointError, Refused, RequestFailed
from endpoints.prices import Price, Tokens, chat_usage, dollars, price_of, text_tokens
from endpoints.rate import limiter
from endpoints.verdicts import moderated
from schemas.identity import hash_bytes

_TOKENS_OF_A_PICTURE = 1_500
_TOKENS_OF_AN_ANSWER = 1_000


class BadAnswer(RequestFailed):
    """The answer was paid for, and is not what was asked for: no text, cut short, or no JSON."""

    def __init__(self, detail: str) -> None:
        super().__init__("broken_answer", detail)


@dataclass(frozen=True, slots=True)
class Message:
    """What is said to the model. `images`: PNG, JPEG or WebP files, shown after the text."""

    role: Literal["system", "user", "assistant"]
    text: str
    images: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatModel:
    """A model and how it is asked. `most_tokens`: of an answer, None for the endpoint's own limit.

    `price` replaces the table's. `extra`: further fields of the request.
    """

    endpoint: Endpoint
    temperature: float | None = None
    most_tokens: int | None = None
    price: Price | None = None
    extra: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """A model's answer. `data`: the text parsed as JSON where a schema was given, else None.

    `model`: what the endpoint says it was, snapshots included. `dollars`: None where nobody knows
    the price.
    """

    text: str
    data: Any
    model: str
    tokens: Tokens
    dollars: float | None
    key: str


def ask(
    account: Account,
    model: ChatModel,
    messages: Sequence[Message],
    *,
    schema: Mapping[str, Any] | None = None,
    name: str = "answer",
    draw: int = 0,
    stop: threading.Event | None = None,
) -> ChatAnswer:
    """The model's answer to `messages`, bought once: the same question again costs nothing.

    `schema`: a JSON schema that the answer shall fit, as structured outputs take it, under `name`;
    the answer is parsed, and whether it fits is for the caller to check. `draw` tells equal
    questions apart. Raises `Refused`, `BadAnswer`, and what `Account.request` raises.
    """
    endpoint, price = model.endpoint, model.price or price_of(model.endpoint.model)
    if price is None and account.budget is not None:
        raise EndpointError(
            f"nobody knows what {endpoint.model} costs, so the budget cannot be kept. Set its "
            "price."
        )
    client = client_for(endpoint)
    fields = _fields(model, schema, name)
    tokens = _estimated(model, messages)
    call = Call(
        url=f"{client.base_url}{CHAT}",
        model=endpoint.model,
        payload=fields | {"messages": [_summary(message) for message in messages]},
        draw=draw,
        estimate=0.0 if price is None else dollars(price, tokens),
        cost=lambda data: _cost(price, data),
        tokens=tokens.total,
        resend_lost=endpoint.resend_lost,
    )
    sent = fields | {"messages": [_spelt(message) for message in messages]}
    limits = limiter(client.base_url, endpoint.model, endpoint.requests_per_minute)
    answer = account.request(call, lambda key: client.chat(sent, key), limits, stop)
    if (said := moderated(answer.data)) is not None:
        raise Refused("refused_by_moderation", said)
    text = _text(answer.data)
    return ChatAnswer(
        text=text,
        data=None if schema is None else _json(text),
        model=str(answer.data.get("model") or endpoint.model),
        tokens=chat_usage(answer.data) or Tokens(),
        dollars=None if price is None else answer.dollars,
        key=answer.key,
    )


def _fields(model: ChatModel, schema: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "model": model.endpoint.model,
        "temperature": model.temperature,
        "max_completion_tokens": model.most_tokens,
        "extra_body": dict(model.extra) if model.extra else None,
    }
    if schema is not None:
        named = {"name": name, "schema": dict(schema), "strict": True}
        fields["response_format"] = {"type": "json_schema", "json_schema": named}
    return {field: value for field, value in fields.items() if value is not None}


def _spelt(message: Message) -> dict[str, Any]:
    if not message.images:
        return {"role": message.role, "content": message.text}
    parts: list[dict[str, Any]] = [{"type": "text", "text": message.text}]
    for image in message.images:
        address = f"data:{_media_type(image)};base64,{base64.b64encode(image).decode()}"
        parts.append({"type": "image_url", "image_url": {"url": address}})
    return {"role": message.role, "content": parts}


def _summary(message: Message) -> dict[str, Any]:
    """The message as the ledger keeps it: pictures by their hashes."""
    images = [hash_bytes(image) for image in message.images]
    return {"role": message.role, "text": message.text, "images_sha256": images}


def _media_type(image: bytes) -> str:
    if image.startswith(b"\x89PNG"):
        return "image/png"
    return "image/webp" if image[8:12] == b"WEBP" else "image/jpeg"


def _estimated(model: ChatModel, messages: Sequence[Message]) -> Tokens:
    return Tokens(
        text_in=sum(text_tokens(message.text) for message in messages),
        image_in=_TOKENS_OF_A_PICTURE * sum(len(message.images) for message in messages),
        text_out=model.most_tokens or _TOKENS_OF_AN_ANSWER,
    )


def _cost(price: Price | None, data: Any) -> float | None:
    usage = chat_usage(data)
    if price is None:
        return 0.0
    return None if usage is None else dollars(price, usage)


def _text(data: Any) -> str:
    try:
        choice = data["choices"][0]
        text = choice["message"]["content"]
    except (TypeError, KeyError, IndexError) as error:
        raise BadAnswer("the answer holds no text") from error
    if choice.get("finish_reason") == "length":
        raise BadAnswer("the answer was cut off at its greatest length; allow more tokens")
    if not isinstance(text, str) or not text.strip():
        raise BadAnswer("the answer is empty")
    return text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadAnswer("the answer is no JSON") from error
