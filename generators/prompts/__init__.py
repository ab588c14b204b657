"""Prompts: what a generator is told to draw, from captions, templates or a language model."""

from generators.prompts.bank import bank_version
from generators.prompts.leaking import leaking_words
from generators.prompts.request import ChosenPrompt, PromptRequest
from generators.prompts.writing import choose_prompt

__all__ = [
    "ChosenPrompt",
    "PromptRequest",
    "bank_version",
    "choose_prompt",
    "leaking_words",
]
