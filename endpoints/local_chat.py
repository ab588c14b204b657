"""What the local server says: answers that fit a JSON schema, and answers that do not.

A fake model, so that raters can be tried on what real ones do: they tell lies, break off, decline,
and write Python where JSON was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from endpoints.call import parsed
from schemas.identity import derive_seed

Chat: TypeAlias = Callable[[Mapping[str, Any]], str]
"""Makes the text of a completion from the request's JSON."""
Lies: TypeAlias = Callable[[Mapping[str, Any], str], str]
"""Makes another text of the request's JSON and the text that would have been the answer."""
_WORDS = ("the", "left", "edge", "looks", "soft", "and", "quite", "even", "under", "warm", "light")
_NO_SUCH_VALUE = "no_such_value"
_DECLINED = "I'm sorry, but I can't help with that."
_LONGEST_LIST = 3
_CHARACTERS, _OF_A_PICTURE = 4, 700
"""Characters of a token, and tokens of a picture."""


@dataclass(frozen=True, slots=True)
class Canned:
    """An answer that is ready. `status`: other than 200, a failure with `text` as its message.

    `refusal` stands in place of the text; `finish`: why the model stopped; `stalls`: it never came.
    """

    text: str = ""
    status: int = 200
    refusal: str | None = None
    finish: str = "stop"
    stalls: bool = False


class Talker:
    """Thinks of answers. They follow from what is asked, but for those that are canned."""

    def __init__(self, seed: int, chat: Chat | None, lies: Lies | None) -> None:
        self._seed, self._chat, self._lies = seed, chat, lies
        self.may_wait = chat is not None or lies is not None
        """Whether somebody else thinks along, who may take any time."""

    def answer(self, request: Mapping[str, Any], identity: str, fate: str | None) -> Canned:
        """What is said to a request that meets `fate`, a share of the behaviour's or none."""
        if fate == "declines":
            return Canned(refusal=_DECLINED)
        text = self._text(request, identity)
        if fate == "lies" and self._lies is not None:
            return Canned(self._lies(request, text))
        rng = np.random.default_rng(derive_seed("spoilt", self._seed, identity))
        schema = schema_of(request)
        if fate == "malformed":
            cut = text[: max(1, len(text) // 2)]
            return Canned((cut, f"Sure! Here it is:\n{cut}", f"```json\n{cut}")[rng.integers(3)])
        if fate == "expressions":
            ends = ("__import__('os').getpid()", f"dict(answer={text!r})", f"({text},)")
            return Canned(ends[rng.integers(3)])
        if fate in ("wrong_enums", "lies") and schema is not None:
            values = _other_values if fate == "lies" else _unknown_values
            return Canned(json.dumps(values(schema, parsed(text.encode()))))
        return Canned(text)

    def _text(self, request: Mapping[str, Any], identity: str) -> str:
        if self._chat is not None:
            return self._chat(request)
        schema = schema_of(request)
        if schema is not None:
            rng = np.random.default_rng(derive_seed("chat", self._seed, identity))
            return json.dumps(instance_of(schema, rng))
        return f"I was asked: {_last_text(request)}"


def completion(request: Mapping[str, Any], identity: str, said: Canned) -> dict[str, Any]:
    """The body of a completion that says so."""
    read = sum(_tokens(message.get("content")) for message in request.get("messages", ())) + 1
    written = len(said.text) // _CHARACTERS + 1
    message = {"role": "assistant", "content": said.text, "refusal": None}
    if said.refusal is not None:
        message |= {"content": None, "refusal": said.refusal}
    return {
        "id": f"chatcmpl-{identity[:12]}",
        "object": "chat.completion",
        "created": 0,
        "model": request.get("model"),
        "choices": [{"index": 0, "finish_reason": said.finish, "message": message}],
        "usage": {
            "prompt_tokens": read,
            "completion_tokens": written,
            "total_tokens": read + written,
        },
    }


def schema_of(request: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The JSON schema that an answer shall fit, None where none is asked for."""
    form = request.get("response_format") or {}
    schema: Mapping[str, Any] | None = form.get("json_schema", {}).get("schema")
    return schema


def instance_of(schema: Mapping[str, Any], rng: np.random.Generator) -> Any:
    """A value that fits a JSON schema of the kinds that structured outputs allow."""
    return _instance(schema, schema, rng)


def _instance(schema: Mapping[str, Any], root: Mapping[str, Any], rng: np.random.Generator) -> Any:
    schema = _resolved(schema, root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][int(rng.integers(len(schema["enum"])))]
    if "anyOf" in schema:
        return _instance(schema["anyOf"][0], root, rng)
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        parts = schema.get("properties", {})
        return {name: _instance(part, root, rng) for name, part in parts.items()}
    if kind == "array":
        least = schema.get("minItems", 1)
        most = max(least, min(schema.get("maxItems", least), _LONGEST_LIST))
        count = int(rng.integers(max(1, least), max(1, most) + 1))
        return [_instance(schema["items"], root, rng) for _ in range(count)]
    low, high = schema.get("minimum", 0), schema.get("maximum", 1)
    if kind == "integer":
        return int(rng.integers(low, max(low, high) + 1))
    if kind == "number":
        return round(float(rng.uniform(low, high)), 3)
    if kind == "boolean":
        return bool(rng.integers(2))
    return None if kind == "null" else " ".join(rng.choice(_WORDS, 6).tolist())


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that a reference within the document names."""
    while "$ref" in schema:
        found: Any = root
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        schema = found
    return schema


def _unknown_values(schema: Mapping[str, Any], value: Any) -> Any:
    """`value` with what its schema does not know wherever that lists what there is."""
    return _revised(schema, schema, value, lambda values, _: _NO_SUCH_VALUE)


def _other_values(schema: Mapping[str, Any], value: Any) -> Any:
    """`value` with the next of the values that its schema lists, wherever it lists any."""

    def other(values: list[Any], now: Any) -> Any:
        return values[(values.index(now) + 1) % len(values)] if now in values else values[0]

    return _revised(schema, schema, value, other)


def _revised(
    schema: Mapping[str, Any],
    root: Mapping[str, Any],
    value: Any,
    revise: Callable[[list[Any], Any], Any],
) -> Any:
    schema = _resolved(schema, root)
    if "enum" in schema:
        return revise(schema["enum"], value)
    if isinstance(value, dict):
        parts = schema.get("properties", {})
        return {
            name: _revised(parts.get(name, {}), root, part, revise) for name, part in value.items()
        }
    if isinstance(value, list):
        return [_revised(schema.get("items", {}), root, part, revise) for part in value]
    return value


def _last_text(request: Mapping[str, Any]) -> str:
    content = request["messages"][-1]["content"]
    if isinstance(content, str):
        return content
    return " ".join(part["text"] for part in content if part.get("type") == "text")


def _tokens(content: Any) -> int:
    """About how many tokens a message is read as; every picture as if it were of middling size."""
    if isinstance(content, str):
        return len(content) // _CHARACTERS
    parts = content if isinstance(content, list) else []
    return sum(
        _OF_A_PICTURE if "image_url" in part else len(part.get("text", "")) // _CHARACTERS
        for part in parts
    )
