"""Carries dialogues on without an engine: canned outcomes, or a pretender that is asked."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from annotation.mllm.answer import ASKED
from annotation.mllm.rater import RatedSample
from endpoints.dialogue import ChatAnswer, Dialogue, Outcome, Question
from endpoints.prices import Tokens
from schemas.identity import derive_seed
from schemas.picture import Pixels
from schemas.recipe.raters import MllmRater
from schemas.vocabulary import Domain, Label
from storage.codecs import encode_png
from storage.masks import encode_mask

R = TypeVar("R")
Chat = Callable[[Mapping[str, Any]], str]


def rater(**more: Any) -> MllmRater:
    told = {"kind": "mllm", "name": "seer", "family": "oracle", "model": "seer-1"}
    return MllmRater.model_validate(told | more)


def noise(width: int, height: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def sample(name: str = "job-1", side: int = 48, **more: Any) -> RatedSample:
    mask = np.zeros((side, side), np.bool_)
    mask[4:12, 6:20] = True
    fields: dict[str, Any] = {
        "sample_id": name,
        "image": encode_png(noise(side, side, derive_seed(name))),
        "width": side,
        "height": side,
        "domain": Domain.NATURAL,
        "label": Label.FAKE,
        "operation": "splice",
        "region": encode_mask(mask),
        "evidence": ("In the upper left the grain is 0.40 against 0.80 around it.",),
    }
    return RatedSample(**fields | more)


def answered(text: str, dollars: float | None = 0.006, key: str = "key") -> ChatAnswer:
    return ChatAnswer(text, "seer-1-0613", Tokens(), dollars, key)


def carry_on(dialogue: Dialogue[R], *outcomes: Outcome) -> tuple[R, list[Question]]:
    """The dialogue's result, and what it asked; each question gets the next outcome."""
    asked, left = [], list(outcomes)
    try:
        asked.append(next(dialogue))
        while True:
            asked.append(dialogue.send(left.pop(0)))
    except StopIteration as end:
        assert not left, "fewer questions were asked than outcomes given"
        result: R = end.value
        return result, asked


def talk(dialogue: Dialogue[R], chat: Chat, model: str = "seer-1") -> R:
    """The dialogue's result, its questions being answered by `chat`."""
    try:
        question = next(dialogue)
        while True:
            question = dialogue.send(answered(chat(request_of(question, model))))
    except StopIteration as end:
        result: R = end.value
        return result


def request_of(question: Question, model: str = "seer-1") -> dict[str, Any]:
    """The question in the chat protocol."""
    messages: list[dict[str, Any]] = []
    for message in question.messages:
        parts: list[dict[str, Any]] = [{"type": "text", "text": message.text}]
        for image in message.images:
            url = f"data:image/png;base64,{base64.b64encode(image).decode()}"
            parts.append({"type": "image_url", "image_url": {"url": url}})
        messages.append(
            {"role": message.role, "content": parts if message.images else message.text}
        )
    request: dict[str, Any] = {"model": model, "messages": messages}
    if question.schema is not None:
        named = {"name": question.name, "schema": question.schema, "strict": True}
        request["response_format"] = {"type": "json_schema", "json_schema": named}
    return request


def judgement(**more: Any) -> dict[str, Any]:
    said = {
        "rationale": "The bench throws no shadow on the sunlit path.",
        "box": {"x0": 0.1, "y0": 0.2, "x1": 0.4, "y1": 0.5},
        "verdict": "present",
        "confidence": 0.75,
    }
    return said | more


def answer(**more: Any) -> dict[str, Any]:
    """An answer that fits; `lighting={"box": None}` changes a part of one judgement."""
    said = {attribute: judgement(**more.pop(attribute, {})) for attribute in ASKED}
    return said | more


def spelt(**more: Any) -> str:
    return json.dumps(answer(**more))


def size_of(image: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(image)) as opened:
        return opened.size


def format_of(image: bytes) -> str | None:
    with Image.open(io.BytesIO(image)) as opened:
        return opened.format
