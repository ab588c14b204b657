"""Reads a model's text as the answer that was asked for. Text is data: nothing is evaluated."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from annotation.mllm.cleaning import brief, clean

AnswerForm = Literal["schema", "json", "text"]

_Model = TypeVar("_Model", bound=BaseModel)
_LONGEST = 100_000
_MOST_BRACKETS = 500
_MOST_TRIES = 32
_MOST_FAULTS = 3
_OBJECT = re.compile(r"\{\s*\"")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text cannot be used, in words that its writer can act on. It begins with "it"."""

    words: str


def parse(text: str, model: type[_Model], form: AnswerForm) -> _Model | Problem:
    """The answer in `text`, or what is wrong with it; never an exception, whatever the text.

    In the forms "schema" and "json" all of the text is one JSON object. In the form "text" it is
    the first object in the text that fits, inside a fence or among prose. Refused are: more than
    100,000 characters, more than 500 opening
    brackets (and so deep nesting), NaN and infinities, keys that stand twice, and what
    `model` refuses. The work is linear in the text's length, with at most 32 places tried.
    """
    if len(text) > _LONGEST:
        return Problem(f"it has {len(text)} characters, which is far too long")
    # A bound on nesting too, whatever stands inside of strings; an answer has some thirty.
    if text.count("{") + text.count("[") > _MOST_BRACKETS:
        return Problem("it holds far too many objects and lists")
    first: Problem | None = None
    for found in _objects(text, form):
        answer = found if isinstance(found, Problem) else _fitted(found, model)
        if not isinstance(answer, Problem):
            return answer
        first = first or answer
    return first or Problem("it holds no JSON object")


def _objects(text: str, form: AnswerForm) -> Iterator[Any]:
    if form != "text":
        yield _decoded(text.strip().removeprefix("\ufeff").strip(), 0)[0]
        return
    end = 0
    for _ in range(_MOST_TRIES):
        start = _OBJECT.search(text, end)
        if start is None:
            return
        found, end = _decoded(text, start.start(), whole=False)
        yield found


def _decoded(text: str, start: int, *, whole: bool = True) -> tuple[Any, int]:
    """The JSON value at `start` and where it ends, or the problem and where to look on."""
    try:
        found, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        return Problem(f"it is no valid JSON ({error.msg} at character {error.pos})"), start + 1
    except (ValueError, RecursionError) as error:
        return Problem(f"it is no valid JSON ({brief(str(error))})"), start + 1
    if whole and end < len(text):
        return Problem("there is more than one JSON object in it, or text around it"), end
    return found, end


def _fitted(found: Any, model: type[_Model]) -> _Model | Problem:
    try:
        return model.model_validate(found)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        said = [
            f"{'.'.join(map(str, fault['loc'])) or 'answer'}: {fault['msg']}"
            for fault in faults[:_MOST_FAULTS]
        ]
        if len(faults) > _MOST_FAULTS:
            said.append(f"and {len(faults) - _MOST_FAULTS} more")
        return Problem(f"it does not fit the schema ({brief('; '.join(said))})")


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key[:40]!r} stands twice")
        found[key] = clean(value) if isinstance(value, str) else value
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)
