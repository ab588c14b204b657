"""Spells questions to a model that sees pictures, and reads its answers, which are data."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from endpoints.account import Account
from endpoints.call import Answer, Call
from endpoints.client import CHAT, Endpoint, client_for
from endpoints.dialogue import ChatAnswer, Message, Outcome, Question
from endpoints.errors import BadAnswer, EndpointError, Refused
from endpoints.prices import Price, Tokens, chat_usage, dollars, price_of
from endpoints.rate import limiter
from endpoints.tokens import question_tokens
from endpoints.verdicts import moderated
from schemas.identity import hash_bytes

_LONGEST_NAME = 200


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

    @property
    def known_price(self) -> Price | None:
        """What it costs; None where nobody knows."""
        return self.price or price_of(self.endpoint.model)


class Chat:
    """One model as one account asks it.

    `share`: of the price that is charged. Raises `EndpointError` where the budget cannot be kept,
    or the key is missing, and `MissingExtraError` without the SDK.
    """

    def __init__(self, account: Account, model: ChatModel, share: float = 1.0) -> None:
        self._model, self._share, self._price = model, share, model.known_price
        endpoint = model.endpoint
        if self._price is None and account.budget is not None:
            raise EndpointError(
                f"nobody knows what {endpoint.model} costs, so the budget cannot be kept. Set its "
                "price."
            )
        self.account = account
        self.endpoint = endpoint
        self.client = client_for(endpoint)
        self.url = f"{self.client.base_url}{CHAT}"
        self.limiter = limiter(self.client.base_url, endpoint.model, endpoint.requests_per_minute)

    def call(self, question: Question) -> Call:
        """The request, with pictures by their hashes, as the ledger keeps it."""
        tokens = question_tokens(question, self._model.most_tokens)
        messages = [_summary(message) for message in question.messages]
        return Call(
            url=self.url,
            model=self.endpoint.model,
            payload=self._fields(question) | {"messages": messages},
            draw=question.draw,
            estimate=self._dollars(tokens),
            cost=self.cost,
            tokens=tokens.total,
            resend_lost=self.endpoint.resend_lost,
        )

    def body(self, question: Question) -> bytes:
        """The request as it is sent: JSON.

        Pictures go straight from base64 into the bytes. Encoders of JSON would read every
        character of them, which costs more than all the rest of a request.
        """
        fields = json.dumps(self._fields(question)).encode()
        messages = b",".join(_spelt(message) for message in question.messages)
        return b'%s,"messages":[%s]}' % (fields[:-1], messages)

    def outcome(self, answer: Answer) -> Outcome:
        """What an answer that was bought says."""
        if (said := moderated(answer.data)) is not None:
            return Refused("refused_by_moderation", said)
        try:
            text = _text(answer.data)
        except BadAnswer as bad:
            return bad
        return ChatAnswer(
            text=text,
            model=_plain(str(answer.data.get("model") or self.endpoint.model))[:_LONGEST_NAME],
            tokens=chat_usage(answer.data) or Tokens(),
            dollars=None if self._price is None else answer.dollars,
            key=answer.key,
        )

    def _fields(self, question: Question) -> dict[str, Any]:
        """All fields but the messages."""
        model = self._model
        fields: dict[str, Any] = {
            "model": model.endpoint.model,
            "temperature": model.temperature,
            "max_completion_tokens": model.most_tokens,
            "response_format": _response_format(question),
        }
        return {name: value for name, value in fields.items() if value is not None} | dict(
            model.extra or {}
        )

    def _dollars(self, tokens: Tokens) -> float:
        return 0.0 if self._price is None else self._share * dollars(self._price, tokens)

    def cost(self, data: Any) -> float | None:
        """What an answer, its parsed JSON, cost; None where it does not tell."""
        usage = chat_usage(data)
        if self._price is None:
            return 0.0
        return None if usage is None else self._dollars(usage)


def _response_format(question: Question) -> dict[str, Any] | None:
    if question.form == "json":
        return {"type": "json_object"}
    if question.form == "text" or question.schema is None:
        return None
    named = {"name": question.name, "schema": dict(question.schema), "strict": True}
    return {"type": "json_schema", "json_schema": named}


def _spelt(message: Message) -> bytes:
    head, text = json.dumps({"role": message.role}).encode()[:-1], json.dumps(message.text).encode()
    if not message.images:
        return b'%s,"content":%s}' % (head, text)
    parts = [b'{"type":"text","text":%s}' % text]
    for image in message.images:
        address = b"data:%s;base64,%s" % (_media_type(image), base64.b64encode(image))
        parts.append(b'{"type":"image_url","image_url":{"url":"%s"}}' % address)
    return b'%s,"content":[%s]}' % (head, b",".join(parts))


def _summary(message: Message) -> dict[str, Any]:
    """The message as the ledger keeps it: pictures by their hashes."""
    images = [hash_bytes(image) for image in message.images]
    return {"role": message.role, "text": message.text, "images_sha256": images}


def _media_type(image: bytes) -> bytes:
    if image.startswith(b"\x89PNG"):
        return b"image/png"
    return b"image/webp" if image[8:12] == b"WEBP" else b"image/jpeg"


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
    return _plain(text)


def _plain(text: str) -> str:
    """Text that can be written as UTF-8. JSON can spell halves of characters, which cannot."""
    return text.encode("utf-8", "replace").decode()
