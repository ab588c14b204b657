"""What a language model is told when it writes a prompt: versioned texts, and a picture's facts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from schemas.identity import digest
from schemas.picture import Mask
from schemas.region_words import bounding_region, place
from schemas.vocabulary import OPERATIONS, Domain

_FOLDER = Path(__file__).parent / "instructions"
_ANY = "any"
_FILES = {"reconstruct": "image_variation", "text_replace": "text", "text_insert": "text"}
# They are part of the instructions, and so of their version.
_FACTS = (
    "To be done: {operation}.",
    "The object: {label}.",
    "The place: {place}.",
    "Write the prompt.",
    "A prompt was written before and could not be used: {problem}. It was: {answer}",
)


@dataclass(frozen=True, slots=True)
class Instructions:
    """A text and its version: the name of its file, and 10 hex digits over all that is said."""

    text: str
    version: str


@cache
def instructions_for(operation: str, domain: Domain, characters: int) -> Instructions:
    """What is said to a model that writes a prompt of at most `characters`.

    `domain` is that of the source: what is put on a page is print.
    """
    name = _FILES.get(operation, operation)
    if domain is Domain.DOCUMENT and operation == "inpaint_object":
        name = "text"
    if not (_FOLDER / f"{name}.md").is_file():
        name = _ANY
    common, own = _text("common"), _text(name)
    version = f"{name}-{digest(common, own, _FACTS)[:10]}"
    # Not str.format: the text shows JSON, with braces.
    return Instructions((common + own).replace("{characters}", str(characters)), version)


def facts(operation: str, label: str | None, mask: Mask | None) -> str:
    """What is told of one job: what is to be done, to which object, at which place."""
    known = OPERATIONS.get(operation)
    lines = [_FACTS[0].format(operation=known.title if known else operation.replace("_", " "))]
    if label is not None:
        lines.append(_FACTS[1].format(label=label))
    if mask is not None and mask.any():
        lines.append(_FACTS[2].format(place=place(bounding_region(mask))))
    return "\n".join([*lines, _FACTS[3]])


def complaint(problem: str, answer: str) -> str:
    """What is added where an answer could not be used."""
    return _FACTS[4].format(problem=problem, answer=answer)


def _text(name: str) -> str:
    return (_FOLDER / f"{name}.md").read_text(encoding="utf-8")
