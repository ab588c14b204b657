"""One question with one chance to mend its answer: what raters and judges have in common."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from annotation.mllm.cleaning import brief, sendable
from annotation.mllm.instructing import complaint
from annotation.mllm.parsing import AnswerForm, Problem, parse
from endpoints.dialogue import ChatAnswer, Message, Outcome, Question
from endpoints.errors import BadAnswer

REFUSED, UNUSABLE = "refused", "answer_unusable"

_Model = TypeVar("_Model", bound=BaseModel)
_NOTHING = "(no answer)"
_LONGEST_QUOTE = 6000
_EXCUSES = ("i'm sorry", "i am sorry", "sorry,", "i cannot", "i can't", "i'm unable", "i am unable")


@dataclass(frozen=True, slots=True)
class Answered(Generic[_Model]):
    """An answer that fits. `model`: as the endpoint names it.

    `dollars`: of this answer and of one before it that had to be mended, None where nobody knows.
    `keys` name both in the run's ledger.
    """

    data: _Model
    model: str
    repaired: bool
    dollars: float | None
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Why there is none: a snake_case reason, a sentence, and what was paid nevertheless."""

    reason: str
    detail: str
    dollars: float | None
    keys: tuple[str, ...]


def asked(
    messages: tuple[Message, ...],
    model: type[_Model],
    schema: Mapping[str, Any],
    form: AnswerForm,
    name: str,
) -> Generator[Question, Outcome, Answered[_Model] | Unanswered]:
    """Ask, and once more where the answer cannot be used, with it and with what is wrong with it.

    An excuse in place of an answer is a refusal and not asked about again; nor is what the endpoint
    refused, lost or did not serve: it keeps the endpoint's own reason.
    """
    dollars: float | None = 0.0
    keys: tuple[str, ...] = ()
    words, said = "", messages
    for attempt in range(2):
        outcome = yield Question(said, schema if form == "schema" else None, name, form)
        if isinstance(outcome, ChatAnswer):
            keys = (*keys, outcome.key)
            dollars = _sum(dollars, outcome.dollars)
            answer = parse(outcome.text, model, form)
            if not isinstance(answer, Problem):
                return Answered(answer, outcome.model, attempt > 0, dollars, keys)
            if _excuse(outcome.text):
                said_so = f"the model wrote: {brief(outcome.text)}"
                return Unanswered(REFUSED, said_so, dollars, keys)
            words, text = answer.words, sendable(outcome.text, _LONGEST_QUOTE)
        elif isinstance(outcome, BadAnswer):
            words, text = brief(outcome.detail), _NOTHING
        else:
            return Unanswered(outcome.reason, brief(outcome.detail), dollars, keys)
        said = (*messages, Message("assistant", text), Message("user", complaint(words)))
    return Unanswered(UNUSABLE, f"asked twice; at last {words}", dollars, keys)


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def _excuse(text: str) -> bool:
    opening = text[:200].strip().lower().replace("’", "'")
    return "{" not in text and opening.startswith(_EXCUSES)
