"""The `prompts` of a `forge` entry: where the words come from that a generator is given."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from schemas.recipe.asking import AskedModel
from schemas.recipe.base import RecipeModel

TEMPLATE_SLOTS = ("object", "caption", "new", "thing", "colour", "style", "light")
"""What a template may leave open; see `TemplatePrompts.templates`."""


class CaptionPrompts(RecipeModel):
    """The caption that came with the source."""

    kind: Literal["caption"]


class TemplatePrompts(RecipeModel):
    """Templates, filled with what the source shows; see `generators.prompts`."""

    kind: Literal["templates"]
    templates: tuple[str, ...] = Field(
        (),
        description=(
            "Templates of your own; {object} stands for the object that is changed, {new} for "
            "another of its kind, {thing} for something that may stand anywhere, {caption} for the "
            "source's caption, {colour}, {style} and {light} for one of each; {a new} and {a "
            "thing} come with an article. The bank that comes with Counterfoil where none is given."
        ),
    )

    @field_validator("templates")
    @classmethod
    def _known_slots(cls, templates: tuple[str, ...]) -> tuple[str, ...]:
        for template in templates:
            if not template.strip():
                raise ValueError("a template is empty")
            for slot in re.findall(r"\{([^{}]*)\}", template):
                if slot.removeprefix("a ") not in TEMPLATE_SLOTS:
                    known = ", ".join(f"{{{slot}}}" for slot in TEMPLATE_SLOTS)
                    raise ValueError(f"{{{slot}}} in {template!r} stands for nothing; use {known}")
        return templates


class AutoPrompts(RecipeModel):
    """A caption for whole pictures where the source has one, templates for all else.

    A caption that would tell a rater what became of the picture ("a fake flower") is passed over
    for a template.
    """

    kind: Literal["auto"] = "auto"


class WrittenPrompts(AskedModel):
    """Prompts that a multimodal language model writes after looking at the source."""

    kind: Literal["mllm"]
    max_characters: int = Field(
        300, ge=20, le=2000, description="Longest prompt; a longer one is asked for again, once."
    )


PromptSource = Annotated[
    CaptionPrompts | TemplatePrompts | AutoPrompts | WrittenPrompts, Field(discriminator="kind")
]
