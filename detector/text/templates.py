"""The words of questions and answers, in the two forms that detectors with a language know.

"reasoning": MMFR's chain of thought (FakeReasoning, arXiv 2503.21210), whose conclusion holds the
verdict. "verdict": ten questions, and answers whose first word is one of eight (Venus-DeFakerOne,
arXiv 2605.14091). The wording of all of it is ours.
"""

from __future__ import annotations

import re
from typing import Literal

Form = Literal["reasoning", "verdict"]

REASON = (
    "Is this image real or fake? Describe it, go through light, edges, texture, quality and "
    "sense step by step, and conclude with its being real or fake."
)
CONCLUDE = "Is this image real or fake? Give the conclusion alone."
"""Asked where nobody wrote down any reasoning: to the other question it is not left out."""

CONCLUSION = "<CONCLUSION>This image is {word}.</CONCLUSION>"
INTRODUCED = "<CONCLUSION>This image is"
REAL_WORD, FAKE_WORD = "real", "fake"
_CONCLUSION = re.compile(
    r"<CONCLUSION>\s*This image is\s+(real|fake)\s*\.?\s*</CONCLUSION>", re.IGNORECASE
)

YES = ("Yes", "Yeah", "True", "Sure")
NO = ("No", "Not", "Never", "None")
QUESTIONS: tuple[str, ...] = (
    "Is this picture a forgery, in whole or in part?",
    "Has anybody changed what this picture shows?",
    "Is there anything in this image that a camera or a scanner did not record?",
    "Did software write any part of this picture?",
    "Would you say that this image has been doctored?",
    "Are there traces of editing or of synthesis here?",
    "Should this picture be called fake?",
    "Does some region of this image come from elsewhere?",
    "Is it wrong to take this image for an untouched one?",
    "Look at the finest traces: do they speak of manipulation?",
)
"""Ten questions, to all of which the first of the two verdicts means a forgery."""
FORGED: tuple[str, ...] = (
    "this picture is forged.",
    "it was manipulated.",
    "not everything in it was recorded.",
    "it is not what it claims to be.",
    "there are traces of forgery.",
)
AUTHENTIC: tuple[str, ...] = (
    "this picture is authentic.",
    "it was left as it is.",
    "everything in it was recorded.",
    "it is what it claims to be.",
    "there are no traces of forgery.",
)


def conclusion(fake: bool) -> str:
    """The last sentence of a chain of thought, in its tags."""
    return CONCLUSION.format(word=FAKE_WORD if fake else REAL_WORD)


def concluded(text: str) -> str | None:
    """The word, "real" or "fake", that a chain of thought concludes with; None where none is."""
    found = _CONCLUSION.findall(text)
    return str(found[0]).lower() if len(found) == 1 else None


def with_conclusion(text: str, fake: bool) -> str:
    """The chain of thought with its conclusion spelt in the one way that is taught."""
    return _CONCLUSION.sub(lambda _: conclusion(fake), text)
