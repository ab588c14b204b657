"""Words that tell what was done to a picture instead of what it shows, and how they are found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

# Regular expressions of whole words, told by prompts and by rationales alike.
_WORDS = (
    r"masks?|masked|masking|unmasked",
    r"forg(?:e|es|ed|er|ers|ery|eries|ing)",
    r"fak(?:e|es|ed|er|ers|ery|ing)|deep-?fakes?",
    r"manipulat(?:e|es|ed|ing|ion|ions|or|ors)|tamper(?:s|ed|ing)?|doctored",
    r"photoshopp?(?:s|ed|ing)?|retouch(?:es|ed|ing)?|edit(?:s|ed|ing|or|ors)?",
    r"alter(?:ed|ation|ations)",
    r"generat(?:e|es|ed|ing|ion|ive|or|ors)",
    r"synthetic|synthetically|synthesi[sz](?:e|es|ed|ing)",
    r"(?:in|out)-?paint(?:s|ed|ing)?|splic(?:e|es|ed|ing)|copy-?mov(?:e|es|ed|ing)|pasted",
    r"face-?swap(?:s|ped|ping)?",
    r"prompts?|prompted|ground[ -]truth|annotations?|annotated",
    r"(?:original|source|reference) (?:image|picture|photo|photograph|version)",
    r"(?:given|provided|supplied|marked|highlighted|indicated) (?:region|area|box|hint)",
)


def finder(more: Iterable[str]) -> Callable[[str], tuple[str, ...]]:
    """A function that gives the telling words of a text in lower case, each once, in order.

    `more`: regular expressions of whole words that tell in this kind of text alone. Words are
    matched whole and regardless of case; runs of white space count as one space.
    """
    words = "|".join((*_WORDS, *more))
    pattern = re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE)

    def telling(text: str) -> tuple[str, ...]:
        found = pattern.findall(" ".join(text.split()))
        return tuple(dict.fromkeys(word.lower() for word in found))

    return telling
