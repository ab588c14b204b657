"""Orders a page's words by how worth an edit they are, and tries them until one succeeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np

from generators.contract import CannotForge
from generators.document.geometry import Frame, frame_of
from generators.document.inventing import is_figure
from schemas.picture import Word

Candidate = TypeVar("Candidate")
Result = TypeVar("Result")


def ordered(words: Sequence[Word], prefer: float, rng: np.random.Generator) -> list[Word]:
    """All words in a random order; with probability `prefer` fields and figures come first."""
    shuffled = [words[int(index)] for index in rng.permutation(len(words))]
    if rng.random() < prefer:
        # Stable, so that each class stays in random order.
        shuffled.sort(key=lambda word: -_worth(word))
    return shuffled


def editable_frame(word: Word, min_height: float) -> Frame:
    """The frame of a word that is large enough to be edited."""
    frame = frame_of(word)
    if frame.height < min_height or frame.width < 3:
        raise CannotForge("word_too_small", f"a word is only {frame.height:.1f} pixels tall")
    return frame


def first_success(
    candidates: Iterable[Candidate], attempt: Callable[[Candidate], Result], tries: int
) -> Result:
    """The first result of `attempt` that is not refused.

    Raises `CannotForge` with the most frequent reason where all of the first `tries` are refused;
    refusals that cost nothing (too small, ill-formed) do not count as tries.
    """
    reasons: Counter[str] = Counter()
    details: dict[str, str] = {}
    spent = 0
    for candidate in candidates:
        try:
            return attempt(candidate)
        except CannotForge as refusal:
            reasons[refusal.reason] += 1
            details.setdefault(refusal.reason, refusal.detail)
            spent += refusal.reason not in ("word_too_small", "degenerate_quad", "no_other_text")
        if spent >= tries:
            break
    if not reasons:
        raise CannotForge("no_words", "the page has no word to work with")
    # Ties go to the reason met first, as Counter keeps the order of arrival.
    reason = reasons.most_common(1)[0][0]
    raise CannotForge(reason, f"{details[reason]} (tried {sum(reasons.values())})")


def _worth(word: Word) -> int:
    return (word.field is not None) + (2 if is_figure(word.text) else 0)
