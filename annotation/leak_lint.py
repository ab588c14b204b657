"""Finds words that tell what a rater was told instead of what can be seen in the picture."""

from __future__ import annotations

from schemas.telling_words import finder

# A row with one of them is marked and not thrown away: a person may wear a mask, and a bottle may
# bear a label.
_telling = finder(
    (
        r"(?:mis)?label(?:s|led|ed|ling|ing)?|metadata",
        r"(?:as|was|were|been|being|am) (?:told|instructed|informed|stated|indicated)",
        r"(?:outlined|measured|cropped|cut-?out|shown) (?:region|area|part|box|image|picture)",
        r"magenta outlines?|(?:picture|image|tile|crop|cut-?out) \d+|measurements?",
    )
)


def leaks(text: str) -> tuple[str, ...]:
    """The telling words of a rationale in lower case, each once, in order; empty without any."""
    return _telling(text)
