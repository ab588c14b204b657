"""Lets a multimodal language model write prompts, one for each job, through the run's account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, ValidationError

from endpoints.asked import chat_model
from endpoints.call import parsed
from endpoints.converse import converse
from endpoints.dialogue import ChatAnswer, Dialogue, Message, Question
from endpoints.errors import BadAnswer, Refused
from generators.prompts.instructing import complaint, facts, instructions_for
from generators.prompts.leaking import leaking_words
from schemas.job import Rejection
from schemas.picture import Mask, Pixels
from schemas.recipe.prompts import WrittenPrompts
from schemas.vocabulary import Domain
from storage.codecs import encode_jpeg

if TYPE_CHECKING:
    from endpoints.account import Account

REFUSED, UNUSABLE = "prompt_refused", "prompt_unusable"
_LONGEST_SIDE = 768
_QUALITY = 85
_SHORTEST = 3
# Some models decline in the very field that is to hold the prompt.
_EXCUSES = ("i'm sorry", "i’m sorry", "i am sorry", "sorry,", "i cannot", "i can't", "i can’t")
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"prompt": {"type": "string"}},
    "required": ["prompt"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class PromptTask:
    """A job that wants a written prompt.

    `domain` and `pixels` are the source's; `label` names the object that it is about, `mask` says
    where. `draw` tells jobs apart that are otherwise alike: they get prompts of their own.
    """

    job_id: str
    operation: str
    domain: Domain
    pixels: Pixels
    label: str | None = None
    mask: Mask | None = None
    draw: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """A prompt, the instructions that it was written by, and what wrote it.

    `answer_key` names the answer in the run's ledger; `dollars` is what it cost with the one that
    had to be repaired, None where nobody knows.
    """

    job_id: str
    prompt: str
    instructions: str
    model: str
    repaired: bool
    dollars: float | None
    answer_key: str


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    prompt: str


def write_prompts(
    account: Account, source: WrittenPrompts, tasks: Iterable[PromptTask]
) -> Iterator[Written | Rejection]:
    """A prompt for each task, in order, `source.concurrency` of them under way at a time.

    What the model refuses is rejected as `prompt_refused`; an answer that cannot be used (no JSON,
    too long, words that tell) is asked for once more and then rejected as `prompt_unusable`; one
    that was paid for and lost is rejected as `answer_lost`. Raises what concerns the whole run:
    `BudgetReached`, `EndpointError`, `StorageError`, `MissingExtraError`.
    """

    dialogues = (_writing(source, task) for task in tasks)
    return converse(account, chat_model(source), dialogues, source.concurrency)


def _writing(source: WrittenPrompts, task: PromptTask) -> Dialogue[Written | Rejection]:
    instructions = instructions_for(task.operation, task.domain, source.max_characters)
    question, picture = facts(task.operation, task.label, task.mask), _shown(task.pixels)
    system = Message("system", instructions.text)
    said, problem, spent = question, "", 0.0
    for attempt in range(2):
        answer = yield Question(
            messages=(system, Message("user", said, (picture,))),
            schema=_SCHEMA,
            name="prompt",
            draw=task.draw,
        )
        if isinstance(answer, Refused):
            return Rejection(task.job_id, REFUSED, answer.detail)
        if isinstance(answer, BadAnswer):
            problem, text = answer.detail, "nothing"
        elif not isinstance(answer, ChatAnswer):
            return Rejection(task.job_id, answer.reason, answer.detail)
        else:
            text, spent = answer.text, spent + (answer.dollars or 0.0)
            prompt, problem = _judged(text, source)
            if prompt.lower().startswith(_EXCUSES):
                return Rejection(task.job_id, REFUSED, f"the model wrote: {prompt}")
            if not problem:
                return Written(
                    task.job_id,
                    prompt,
                    instructions.version,
                    answer.model,
                    attempt > 0,
                    None if answer.dollars is None else round(spent, 6),
                    answer.key,
                )
        said = f"{question}\n\n{complaint(problem, text[: 2 * source.max_characters])}"
    return Rejection(task.job_id, UNUSABLE, f"asked twice; at last {problem}")


def _judged(text: str, source: WrittenPrompts) -> tuple[str, str]:
    """The prompt of an answer, and what is wrong with it; empty where nothing is."""
    data = parsed(text.encode())
    if data is None:
        return "", "the answer is no JSON"
    try:
        prompt = " ".join(_Answer.model_validate(data).prompt.split())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return "", f"it does not fit the schema ({where or 'answer'}: {first['msg']})"
    if len(prompt) < _SHORTEST:
        return prompt, "it is empty"
    if len(prompt) > source.max_characters:
        return prompt, f"it has {len(prompt)} characters; {source.max_characters} are allowed"
    telling = leaking_words(prompt)
    return prompt, f"it says {', '.join(telling)}" if telling else ""


def _shown(pixels: Pixels) -> bytes:
    """The picture as it is sent: a JPEG with no side above `_LONGEST_SIDE` pixels."""
    height, width = pixels.shape[:2]
    scale = _LONGEST_SIDE / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        scaled = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS)
        pixels = np.asarray(scaled, np.uint8)
    return encode_jpeg(pixels, _QUALITY, "4:2:0")
