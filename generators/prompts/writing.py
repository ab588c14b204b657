"""Chooses the prompt of a job while the run is planned."""

from __future__ import annotations

from generators.contract import CannotForge
from generators.prompts.leaking import leaking_words
from generators.prompts.request import ChosenPrompt, PromptRequest
from generators.prompts.templates import from_bank, from_templates
from schemas.recipe.prompts import PromptSource

_WHOLE = frozenset({"text_to_image", "image_variation", "reconstruct"})
LEAKS = "prompt_leaks"


def choose_prompt(source: PromptSource, request: PromptRequest) -> ChosenPrompt:
    """The prompt and where it comes from.

    Its text is None where a language model will write it later, when the pictures are read. Raises
    `CannotForge`: `no_caption` where the recipe wants captions and the source has none,
    `no_object_name` where its templates want what is not known, `prompt_leaks` where a caption or
    a template of the recipe has a word that would tell (see `leaking_words`).
    """
    match source.kind:
        case "mllm":
            return ChosenPrompt(None, "mllm")
        case "caption":
            caption = _caption(request)
            if caption is None:
                raise CannotForge("no_caption", "no caption came with the source")
            return ChosenPrompt(_safe(caption, "the caption"), "caption")
        case "templates" if source.templates:
            filled = from_templates(source.templates, request)
            if filled is None:
                raise CannotForge(
                    "no_object_name",
                    "each template wants the name of an object or a caption, and the source has "
                    "none; give a template without",
                )
            return ChosenPrompt(_safe(filled, "the template"), "recipe")
        case "templates":
            return ChosenPrompt(from_bank(request), "bank")
        case "auto":
            return _automatic(request)


def _automatic(request: PromptRequest) -> ChosenPrompt:
    caption = _caption(request) if request.operation in _WHOLE else None
    if caption is None:
        return ChosenPrompt(from_bank(request), "bank")
    telling = leaking_words(caption)
    if telling:
        note = f"The caption was not used: it says {', '.join(telling)}."
        return ChosenPrompt(from_bank(request), "bank", note)
    return ChosenPrompt(caption, "caption")


def _caption(request: PromptRequest) -> str | None:
    return request.caption if request.caption and request.caption.strip() else None


def _safe(prompt: str, what: str) -> str:
    telling = leaking_words(prompt)
    if telling:
        raise CannotForge(LEAKS, f"{what} says {', '.join(telling)}, which a rater would repeat")
    return prompt
