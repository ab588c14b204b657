"""Reads what a detector wrote in MMFR's tags: the verdict, the reasoning, and what it names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from detector.metrics.predictions import FAILED, FAKE, REAL
from schemas.attributes import ATTRIBUTES

_OPENINGS = ("From low-level perspective:", "From high-level perspective:")
_WORD = {"fake": FAKE, "real": REAL}
POLES: tuple[str, ...] = (
    *(one.forged for one in ATTRIBUTES),
    *(one.authentic for one in ATTRIBUTES),
)
"""The names of all attributes' poles, forged ones first, each half in the taxonomy's order."""

_ANY_TAG = r"<\s*/?\s*(?:SUMMARY|CAPTION|REASONING|CONCLUSION)\b"
_TAGGED = {
    tag: re.compile(rf"<{tag}>(.*?)</{tag}>", re.DOTALL) for tag in ("REASONING", "CONCLUSION")
}
_LENIENT = {
    tag: re.compile(rf"<\s*{tag}\s*>(.*?)(?:{_ANY_TAG}|\Z)", re.DOTALL | re.IGNORECASE)
    for tag in ("REASONING", "CONCLUSION")
}
_VERDICT = re.compile(r"\bimage\s+is\s+(real|fake)\b", re.IGNORECASE)
_FRAME = re.compile(
    "|".join(map(re.escape, _OPENINGS)) + r"|\bTherefore,\s+this\s+image\s+is\s+(?:real|fake)\.?",
    re.IGNORECASE,
)
_HEADING = re.compile(
    "(" + "|".join(map(re.escape, sorted(POLES, key=len, reverse=True))) + r")\s*:",
    re.IGNORECASE,
)
_ESCAPES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&#58;": ":"}
_ENTITY = re.compile("|".join(map(re.escape, _ESCAPES)))
_NAMES = {name.lower(): name for name in POLES}


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read: `verdict` is `FAKE`, `REAL` or `FAILED`; `reasoning` None where missing."""

    verdict: int
    reasoning: str | None


def read(text: str) -> Answer:
    """The verdict and the reasoning of an answer, each by itself.

    Case and white space do not matter, and the last tag may be left open, as when the answer ran
    out of tokens. A conclusion that says neither or both of "image is real" and "image is fake"
    is `FAILED`.
    """
    conclusion, reasoning = _LENIENT["CONCLUSION"].search(text), _LENIENT["REASONING"].search(text)
    said = {word.lower() for word in _VERDICT.findall(conclusion[1])} if conclusion else set()
    verdict = _WORD[said.pop()] if len(said) == 1 else FAILED
    return Answer(verdict, reasoning[1].strip() or None if reasoning else None)


def read_paper(text: str) -> Answer:
    """The same by the rule of MMFR's published code, where anything missing fails all of it.

    Both tags must be closed, and the conclusion hold "This image is fake." or "This image is
    real." to the letter.
    """
    conclusion, reasoning = _TAGGED["CONCLUSION"].search(text), _TAGGED["REASONING"].search(text)
    if conclusion is None or reasoning is None:
        return Answer(FAILED, None)
    for word, verdict in _WORD.items():
        if f"This image is {word}." in conclusion[1]:
            return Answer(verdict, reasoning[1])
    return Answer(FAILED, None)


def without_frame(reasoning: str) -> str:
    """A reasoning without what is no sentence of its own, white space evened out.

    Those are its two openings, its "Therefore", and the names of attributes' poles before a colon.
    """
    return " ".join(_HEADING.sub(" ", _FRAME.sub(" ", reasoning)).split())


def findings(reasoning: str) -> dict[str, str]:
    """What a reasoning says under the names of attributes' poles, in the order it says it.

    Names stand before a colon, as in the shards' column `reasoning`. A pole that is named twice
    has both texts. Text under no name is in none. What was escaped in the shards is as it was.
    """
    # A level of which nothing was found has a sentence of its own after its opening, which belongs
    # to no attribute: each level is read by itself.
    pieces = [piece for level in _FRAME.split(reasoning) for piece in _HEADING.split(level)[1:]]
    found: dict[str, str] = {}
    for heading, said in zip(pieces[::2], pieces[1::2], strict=True):
        name = _NAMES[heading.lower()]
        text = _ENTITY.sub(lambda match: _ESCAPES[match[0]], " ".join(said.split()))
        found[name] = f"{found.get(name, '')} {text}".strip()
    return found


def paper_reference(findings: Mapping[str, str | None]) -> str:
    """The reference of MMFR's published code: sentences in the alphabetical order of their names.

    Its fault: "Semantic Rationality" comes before "Smooth and Natural Image Edges", so that on
    real pictures an answer that says low-level things first, as it was taught to, is out of order.
    """
    return " ".join(said for _, said in sorted(findings.items()) if said is not None)


def ordered_reference(findings: Mapping[str, str | None]) -> str:
    """The reference in the order that answers are written in: low-level attributes, then high.

    Names that are no pole of an attribute come last, in alphabetical order.
    """
    place = {name: number % len(ATTRIBUTES) for number, name in enumerate(POLES)}

    def rank(name: str) -> tuple[bool, int, str]:
        number = place.get(name, len(ATTRIBUTES))
        return number == len(ATTRIBUTES), number, name

    return " ".join(said for name in sorted(findings, key=rank) if (said := findings[name]))
