"""Prompts at home in one split each, so that no detector meets in a test what it trained on."""

from __future__ import annotations

from collections.abc import Iterable


class PromptHomes:
    """Remembers the split of every prompt. Prompts that differ in case and spaces are one.

    With `apart` false, every prompt may be used in every split.
    """

    def __init__(self, apart: bool) -> None:
        self._apart = apart
        self._homes: dict[str, str] = {}

    def reserve(self, prompts: Iterable[str | None], split: str) -> None:
        """Give prompts that have no home yet a home in `split`."""
        for prompt in filter(None, map(plain_prompt, prompts)):
            self._homes.setdefault(prompt, split)

    def admit(self, prompt: str | None, split: str) -> bool:
        """Whether `prompt` may be used in `split`; one without a home finds it there."""
        plain = plain_prompt(prompt)
        if plain is None or not self._apart:
            return True
        return self._homes.setdefault(plain, split) == split


def plain_prompt(prompt: str | None) -> str | None:
    """A prompt without what does not count: case and spaces. None for none."""
    return None if prompt is None else " ".join(prompt.casefold().split())
