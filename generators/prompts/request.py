"""What is known of a job when its prompt is chosen, and what was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from schemas.vocabulary import Domain

Origin = Literal["caption", "bank", "recipe", "mllm"]


@dataclass(frozen=True, slots=True)
class PromptRequest:
    """A job that wants a prompt. `label` names the object of the source that is to be changed.

    `domain` is that of the source. All that is left to chance follows from `seed` alone.
    """

    operation: str
    domain: Domain
    caption: str | None
    label: str | None
    seed: int


@dataclass(frozen=True, slots=True)
class ChosenPrompt:
    """A prompt and where it comes from. `text` is None where a model is to write it later.

    `note` says, in a sentence, where something else was taken than what was asked for.
    """

    text: str | None
    origin: Origin | None
    note: str = ""
