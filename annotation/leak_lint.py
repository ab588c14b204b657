"""Finds words that tell what a rater was told instead of what can be seen in the picture."""

from __future__ import annotations

import re

# Regular expressions of whole words. A row with one of them is marked and not thrown away:
# a person may wear a mask, and a bottle may bear a label.
_WORDS = (
    r"masks?|masked|masking|unmasked",
    r"forg(?:e|es|ed|er|ers|ery|eries|ing)",
    r"fak(?:e|es|ed|er|ers|ery|ing)",
    r"deep-?fakes?",
    r"manipulat(?:e|es|ed|ing|ion|ions|or|ors)",
    r"tamper(?:s|ed|ing)?",
    r"doctored|photoshopp?(?:ed|ing)?|altered|alteration|edited|edits?|retouch(?:ed|ing)?",
    r"(?:mis)?label(?:s|led|ed|ling|ing)?",
    r"prompts?|prompted",
    r"generat(?:or|ors|ed|ive)|ai-generated|ai-edited|synthetic|synthesi[sz]ed",
    r"inpaint(?:s|ed|ing)?|in-paint(?:ed|ing)|out-?paint(?:ed|ing)",
    r"splic(?:e|es|ed|ing)|copy-?mov(?:e|es|ed|ing)|face-?swap(?:s|ped|ping)?|pasted",
    r"ground[ -]truth|annotations?|annotated|metadata",
    r"(?:original|source|reference) (?:image|picture|photo|photograph|version)",
    r"(?:as|was|were|been|being|am) (?:told|instructed|informed|stated|indicated)",
    r"(?:given|provided|supplied|marked|highlighted|indicated) (?:region|area|box|hint)",
)
_PATTERN = re.compile(rf"(?<![^\W_])(?:{'|'.join(_WORDS)})(?![^\W_])", re.IGNORECASE)


def leaks(text: str) -> tuple[str, ...]:
    """The telling words of `text` in lower case, each once, in order; empty where there are none.

    Words are matched whole and regardless of case; runs of white space count as one space.
    """
    found = _PATTERN.findall(" ".join(text.split()))
    return tuple(dict.fromkeys(word.lower() for word in found))
