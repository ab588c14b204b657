"""Finds words in a prompt that would tell a rater what became of the picture."""

from __future__ import annotations

import re

# Regular expressions of whole words. A picture shows what its prompt says, and a rater names what
# it sees: "a fake beard" in a prompt becomes "the beard is fake" in a rationale, and a detector
# then learns the prompt.
_WORDS = (
    r"fak(?:e|es|ed|er|ers|ery|ing)",
    r"forg(?:e|es|ed|er|ers|ery|eries|ing)|counterfeits?|counterfeited|hoax(?:es)?",
    r"deep-?fakes?|face-?swap(?:s|ped|ping)?",
    r"manipulat(?:e|es|ed|ing|ion|ions|or|ors)|tamper(?:s|ed|ing)?|doctored",
    r"photoshopp?(?:s|ed|ing)?|photo-?montages?|retouch(?:es|ed|ing)?|superimposed?",
    r"edit(?:s|ed|ing|or|ors)?|alter(?:ed|ation|ations)",
    r"generat(?:e|es|ed|ing|ion|ive|or|ors)|synthetic|synthetically|synthesi[sz](?:e|es|ed|ing)",
    r"(?:in|out)-?paint(?:s|ed|ing)?|splic(?:e|es|ed|ing)|copy-?mov(?:e|es|ed|ing)|pasted",
    r"(?-i:AI|A\.I\.)|ai[ -](?:art|image|images|made|picture|pictures)|artificial intelligence",
    r"computer[ -]graphics|cgi|(?:3d|cg)[ -]?render(?:s|ed|ing|ings)?|neural networks?",
    r"midjourney|dall[ -·]?e|stable diffusion|diffusion models?|gpt-?\d\w*|(?-i:GANs?)",
    r"masks?|masked|masking|unmasked|ground[ -]truth|annotations?|annotated|watermarks?",
    r"prompts?|prompted",
    r"(?:original|source|reference|input|real) (?:image|picture|photo|photograph|version)",
    r"(?:given|provided|supplied|marked|highlighted|indicated) (?:region|area|box|hint)",
)
_PATTERN = re.compile(rf"(?<![^\W_])(?:{'|'.join(_WORDS)})(?![^\W_])", re.IGNORECASE)


def leaking_words(text: str) -> tuple[str, ...]:
    """The telling words of `text` in lower case, each once, in order; empty where there are none.

    Words are matched whole and, but for abbreviations, regardless of case; runs of white space
    count as one space. A prompt with one is not mended: it is not used.
    """
    found = _PATTERN.findall(" ".join(text.split()))
    return tuple(dict.fromkeys(word.lower() for word in found))
