"""How much of a prompt reaches a model: text encoders read a fixed number of tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generators.diffusion.choosing import defaults

_UNBOUNDED = 100_000
_FIXED = {"IFPipeline": 77}
"""Limits that a pipeline has written down in its code."""


def clipped_tokens(
    pipeline: Any, prompt: str, call: Mapping[str, object]
) -> tuple[tuple[str, int], ...]:
    """How many tokens of `prompt` do not fit, by the pipeline's tokenizer, where any do not."""
    found = []
    longest = call.get("max_sequence_length", defaults(type(pipeline)).get("max_sequence_length"))
    for name, tokenizer in sorted(pipeline.components.items()):
        if "tokenizer" not in name or tokenizer is None:
            continue
        limit = int(min(tokenizer.model_max_length, _UNBOUNDED))
        if "CLIP" not in type(tokenizer).__name__ and isinstance(longest, int):
            # Encoders other than CLIP have no positions to run out of; the pipeline sets a limit.
            limit = longest
        limit = _FIXED.get(type(pipeline).__name__, limit)
        count = len(tokenizer(prompt, truncation=False, verbose=False)["input_ids"])
        if count > limit:
            found.append((name, count - limit))
    return tuple(found)


def clip_notes(clipped: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    """What was clipped, in sentences."""
    return tuple(
        f"the prompt was clipped: {count} of its tokens did not fit what {name} takes"
        for name, count in clipped
    )
