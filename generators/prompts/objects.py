"""What things are called, and what may stand where one of them stood."""

from __future__ import annotations

import re
from functools import cache

import numpy as np

from generators.prompts.bank import Kind, kinds
from generators.prompts.leaking import leaking_words

_LONGEST = 48
_LEADING_ARTICLE = re.compile(r"^(?:an?|the)\s+")
# Numbers that tell objects of one class apart, and the ids of WordNet, are no part of a name.
_NUMBERING = re.compile(r"^n\d{8}\b|[\s#]*\d+$")
_VOWEL_SOUND = re.compile(r"(?!uni(?!n)|use|eu|one)[aeiou]|hour|honest", re.IGNORECASE)
ANYTHING, WORN = "anything", "worn"


def spoken(label: str | None) -> str | None:
    """A label as a prompt may say it: "Coffee_Mug 2" is "coffee mug"; None where it is no name.

    No names are numbers, ids, sentences and words that leak (see `leaking_words`).
    """
    words = " ".join((label or "").replace("_", " ").lower().split())
    words = _LEADING_ARTICLE.sub("", _NUMBERING.sub("", words).strip())
    usable = 2 <= len(words) <= _LONGEST and re.fullmatch(r"[^\W\d_][\w '’,-]*", words)
    return words if usable and not leaking_words(words) else None


def with_article(noun: str) -> str:
    """The noun behind "a" or "an", by the sound that it begins with."""
    return f"{'an' if _VOWEL_SOUND.match(noun) else 'a'} {noun}"


def kind_named(kind: str) -> Kind:
    """One of the bank's kinds."""
    return next(one for one in kinds() if one.kind == kind)


def find(name: str) -> tuple[Kind, str] | None:
    """The kind that a name belongs to, and the bank's own word for it; None where it has none.

    Looked for as a whole, then without its leading words ("big coffee mug" is a mug), then as the
    last word of a name of the bank ("broccoli"); in the singular as well.
    """
    words = name.replace("-", " ").split()
    tails = [" ".join(words[start:]) for start in range(len(words))]
    for form in (form for tail in tails for form in _singulars(tail)):
        if form in _names():
            return _names()[form]
    for form in _singulars(words[-1]):
        for kind, known in _names().values():
            if known.rsplit(" ", 1)[-1] == form:
                return kind, known
    return None


@cache
def _names() -> dict[str, tuple[Kind, str]]:
    """The kind of every name; where two kinds have one name, the first. The last ones have none."""
    found: dict[str, tuple[Kind, str]] = {}
    for kind in kinds():
        if kind.kind not in (ANYTHING, WORN):
            for name in (*kind.names, *kind.known):
                found.setdefault(name.replace("-", " "), (kind, name))
    return found


def another(name: str | None, rng: np.random.Generator, looks: bool = False) -> str:
    """Something that may stand where `name` stood: of its kind, or anything where that is unknown.

    Without an article. `looks`: say more than its name.
    """
    found = find(name) if name is not None else None
    kind, own = found or (kind_named(ANYTHING), "")
    others = [other for other in kind.names if other not in (own, name)]
    chosen = others[int(rng.integers(len(others)))]
    if looks and kind.looks:
        chosen = f"{kind.looks[int(rng.integers(len(kind.looks)))]} {chosen}"
    return chosen


def _singulars(words: str) -> tuple[str, ...]:
    forms = [words]
    if words.endswith("ies"):
        forms.append(words[:-3] + "y")
    if words.endswith("es"):
        forms.append(words[:-2])
    if words.endswith("s") and not words.endswith("ss"):
        forms.append(words[:-1])
    irregular = {"men": "man", "women": "woman", "children": "child", "people": "person"}
    return (*forms, *(one for many, one in irregular.items() if words == many))
