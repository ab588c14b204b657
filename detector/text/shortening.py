"""Makes an answer fit, sentence by sentence, without ever losing what it concludes."""

from __future__ import annotations

import re
from collections.abc import Callable

from schemas.errors import CounterfoilError

_PARTS = re.compile(r"^(.*<REASONING>)(.*?)(</REASONING>.*)$", re.DOTALL)
_CAPTION = re.compile(r"<CAPTION>.*?</CAPTION>", re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")


def shortened(answer: str, encode: Callable[[str], list[int]], most: int) -> list[int]:
    """Ids of the answer, without as many last sentences of its reasoning as it takes to fit.

    If that is not enough the caption goes. Raises CounterfoilError where nothing helps.
    """
    ids = encode(answer)
    if len(ids) <= most:
        return ids
    parts = _PARTS.match(answer)
    if parts is not None:
        before, reasoning, after = parts.groups()
        sentences = _SENTENCE.split(reasoning)
        for start in (before, _CAPTION.sub("", before)):
            for kept in range(len(sentences) - 1, -1, -1):
                ids = encode(start + " ".join(sentences[:kept]) + after)
                if len(ids) <= most:
                    return ids
    raise CounterfoilError(
        f"an answer of {len(ids)} tokens does not fit in the {most} that the question leaves: "
        "raise `text.length` in the training recipe"
    )
