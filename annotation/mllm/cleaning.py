"""Makes a model's text fit to be kept: no control characters, no half characters, one line."""

from __future__ import annotations

import unicodedata

_SPACES = {"Cc", "Zl", "Zp"}
_NOTHINGS = {"Cf", "Cs", "Co"}


def clean(text: str) -> str:
    """`text` in NFC on one line.

    Control characters become spaces; invisible marks (of direction, zero-width), surrogates and
    private characters, which no file or page could carry safely, are left out.
    """
    if not text.isprintable():
        text = "".join(map(_shown, text))
    return " ".join(unicodedata.normalize("NFC", text).split())


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in _SPACES:
        return " "
    return "" if category in _NOTHINGS else character


def brief(text: str, longest: int = 400) -> str:
    """`text` cleaned and cut, for a reason that is kept."""
    text = clean(text[: 4 * longest])
    return text if len(text) <= longest else f"{text[:longest]}…"


def sendable(text: str, longest: int) -> str:
    """The beginning of `text` as it came, without what UTF-8 cannot carry."""
    return text[:longest].encode("utf-8", "replace").decode("utf-8")
