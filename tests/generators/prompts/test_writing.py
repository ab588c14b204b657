"""Where a prompt comes from: captions, templates of the recipe, the bank, or a model later on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter, ValidationError

from generators.contract import CannotForge
from generators.prompts import PromptRequest, choose_prompt
from schemas.recipe.prompts import (
    AutoPrompts,
    CaptionPrompts,
    PromptSource,
    TemplatePrompts,
    WrittenPrompts,
)
from schemas.vocabulary import Domain

REQUEST = PromptRequest("text_to_image", Domain.NATURAL, "two hens in a yard", "mug", 7)
_SOURCE: TypeAdapter[PromptSource] = TypeAdapter(PromptSource)


def planned(source: PromptSource, request: PromptRequest) -> str | None:
    """The prompt as the planner gets it."""
    return choose_prompt(source, request).text


def templates(*texts: str) -> TemplatePrompts:
    return TemplatePrompts(kind="templates", templates=texts)


def test_a_caption_serves_whole_pictures_and_no_places() -> None:
    assert planned(AutoPrompts(), REQUEST) == "two hens in a yard"
    chosen = choose_prompt(AutoPrompts(), replace(REQUEST, operation="inpaint_object"))
    assert chosen.origin == "bank"
    assert planned(CaptionPrompts(kind="caption"), REQUEST) == "two hens in a yard"


@pytest.mark.parametrize("caption", [None, "", "  "])
def test_without_a_caption(caption: str | None) -> None:
    bare = replace(REQUEST, caption=caption)
    assert choose_prompt(AutoPrompts(), bare).origin == "bank"
    with pytest.raises(CannotForge) as refused:
        planned(CaptionPrompts(kind="caption"), bare)
    assert refused.value.reason == "no_caption"


def test_a_caption_that_leaks_is_never_used() -> None:
    telling = replace(REQUEST, caption="a fake beard, edited")
    chosen = choose_prompt(AutoPrompts(), telling)
    assert chosen.origin == "bank"
    assert chosen.note == "The caption was not used: it says fake, edited."
    with pytest.raises(CannotForge) as refused:
        planned(CaptionPrompts(kind="caption"), telling)
    assert refused.value.reason == "prompt_leaks"
    assert "fake" in refused.value.detail


def test_templates_of_the_recipe_are_filled() -> None:
    chosen = choose_prompt(templates("a {colour} {object}, {caption}"), REQUEST)
    assert chosen.origin == "recipe"
    assert chosen.text is not None
    assert chosen.text.endswith(" mug, two hens in a yard")
    swapped = planned(templates("{a new} and {a thing}"), REQUEST)
    assert swapped is not None
    assert swapped.startswith(("a ", "an "))
    assert "mug" not in swapped.split(" and ")[0]


def test_templates_that_want_what_is_not_known_are_passed_over() -> None:
    bare = replace(REQUEST, label=None, caption=None)
    for seed in range(20):
        chosen = planned(templates("the {object}", "a hill", "{caption}"), replace(bare, seed=seed))
        assert chosen == "a hill"
    with pytest.raises(CannotForge) as refused:
        planned(templates("the {object}"), bare)
    assert refused.value.reason == "no_object_name"


def test_templates_that_leak_are_refused() -> None:
    with pytest.raises(CannotForge) as refused:
        planned(templates("a synthetic {object}"), REQUEST)
    assert refused.value.reason == "prompt_leaks"


def test_a_model_writes_later() -> None:
    assert planned(WrittenPrompts(kind="mllm", model="gpt-5-mini"), REQUEST) is None


@pytest.mark.parametrize(
    "raw",
    [
        {"kind": "templates", "templates": ["a {mug}"]},
        {"kind": "templates", "templates": [" "]},
        {"kind": "mllm"},
        {"kind": "mllm", "model": "x", "concurrency": 0},
        {"kind": "guess"},
    ],
)
def test_wrong_recipes_are_refused(raw: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        _SOURCE.validate_python(raw)
