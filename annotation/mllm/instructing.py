"""What a rater is told: versioned texts into which taxonomy and chosen cues are rendered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from annotation.mllm.answer import Answer, answer_model, strict_schema
from annotation.mllm.parsing import AnswerForm
from annotation.mllm.pictures import PICTURE_WORDS
from schemas.attributes import ATTRIBUTES, Attribute
from schemas.cues import CUES, Cue
from schemas.identity import digest
from schemas.recipe.raters import MllmRater
from schemas.vocabulary import OPERATIONS, Domain, Label, Mode

_FOLDER = Path(__file__).parent / "instructions"
_SCENES = (Domain.NATURAL, Domain.AIGC)
# They are part of what is said, and so of its version.
_ATTRIBUTE = "## {id}: {forged}\n\n{definition}\n"
_LISTS = ("What it can look like:", "What it is not: {counter_example}", "Finer cues:")
_FACTS = (
    "The picture is authentic. Nothing in it was changed.",
    "The picture is forged, by {title}. {definition}",
    "Something in the picture was changed.",
    "Measured in the outlined region, against its surroundings:",
    "Measured in the picture:",
)
_REQUEST = "Judge this picture."


@dataclass(frozen=True, slots=True)
class Instructions:
    """A text, its version, and the form of the answer.

    The version is the mode and 10 hex digits over all that is said: texts, taxonomy, cues, schema.
    """

    text: str
    version: str
    model: type[Answer]
    schema: Mapping[str, Any]


def asked_cues(families: tuple[str, ...], domain: Domain) -> tuple[Cue, ...]:
    """The cues of these families that a picture of `domain` is asked about, in the order of `CUES`.

    Wholly synthetic pictures and photographs are asked alike, about whatever fits either: all of
    the former are forgeries, so that a question of their own would tell.
    """
    domains = _SCENES if domain in _SCENES else (domain,)
    return tuple(cue for cue in CUES if cue.family in families and any(map(cue.fits, domains)))


def instructions_for(rater: MllmRater, cues: tuple[Cue, ...]) -> Instructions:
    """What `rater` is told of pictures for which these cues can be named."""
    return _instructions(rater.mode, cues, rater.captions, rater.answers)


@cache
def _instructions(
    mode: Mode, cues: tuple[Cue, ...], captions: bool, form: AnswerForm
) -> Instructions:
    model = answer_model(cues, captions)
    schema = strict_schema(model)
    parts = ["common", mode.value, *(["caption"] if captions else [])]
    # Not str.format: the text shows JSON, with braces.
    text = "\n".join(read(part) for part in parts).replace("{taxonomy}", taxonomy(cues))
    text += form_of(schema, form)
    said = digest(text, schema, read("repair"), _FACTS, _REQUEST, PICTURE_WORDS)
    return Instructions(text, f"{mode.value}-{said[:10]}", model, schema)


def taxonomy(cues: Iterable[Cue]) -> str:
    """The attributes with definitions, examples, counter-examples, and these cues under them."""
    chosen = tuple(cues)
    return "\n\n".join(
        _attribute(attribute, tuple(cue for cue in chosen if cue.attribute == attribute.id))
        for attribute in ATTRIBUTES
    )


def form_of(schema: Mapping[str, Any], form: AnswerForm) -> str:
    """What is added where the endpoint does not enforce the schema itself."""
    if form == "schema":
        return ""
    spelt = json.dumps(schema, separators=(",", ":"))
    return "\n" + read("form").replace("{schema}", spelt)


def told(label: Label, operation: str | None) -> str:
    """What a rater that is not blind is told of a picture."""
    if label is Label.REAL:
        return _FACTS[0]
    if operation is None:
        return _FACTS[2]
    known = OPERATIONS.get(operation)
    if known is None:
        title = operation.replace("_", " ")
        return _FACTS[1].format(title=title, definition=_FACTS[2])
    return _FACTS[1].format(title=known.title, definition=known.definition)


def measured(evidence: Iterable[str], *, outlined: bool) -> str:
    """The measured rater's findings as a list; empty without any."""
    lines = [f"- {line}" for line in evidence]
    return "\n".join([_FACTS[3 if outlined else 4], *lines]) if lines else ""


def request() -> str:
    """What ends the question."""
    return _REQUEST


def complaint(problem: str) -> str:
    """What is said where an answer could not be used."""
    return read("repair").replace("{problem}", problem).strip()


@cache
def read(name: str) -> str:
    """One of the texts."""
    return (_FOLDER / f"{name}.md").read_text(encoding="utf-8")


def _attribute(attribute: Attribute, cues: tuple[Cue, ...]) -> str:
    lines = [
        _ATTRIBUTE.format(
            id=attribute.id, forged=attribute.forged, definition=attribute.definition
        ),
        _LISTS[0],
        *(f"- {cue}" for cue in attribute.cues),
        "",
        _LISTS[1].format(counter_example=attribute.counter_example),
    ]
    if cues:
        lines += ["", _LISTS[2], *(f"- {cue.id}: {cue.text}" for cue in cues)]
    return "\n".join(lines)
