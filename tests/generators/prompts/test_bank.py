"""Every template can be filled for every operation and domain, and none of them leaks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from annotation.leak_lint import leaks
from generators.prompts import PromptRequest, bank_version, choose_prompt, leaking_words
from generators.prompts.bank import instructions, kinds, scenes
from generators.prompts.objects import another, find, spoken, with_article
from generators.prompts.templates import slots
from schemas.recipe.prompts import TEMPLATE_SLOTS, AutoPrompts, PromptSource, TemplatePrompts
from schemas.vocabulary import OPERATIONS, Domain

COCO = (
    "person bicycle car motorcycle airplane bus train truck boat traffic_light fire_hydrant "
    "stop_sign parking_meter bench bird cat dog horse sheep cow elephant bear zebra giraffe "
    "backpack umbrella handbag tie suitcase frisbee skis snowboard sports_ball kite baseball_bat "
    "baseball_glove skateboard surfboard tennis_racket bottle wine_glass cup fork knife spoon bowl "
    "banana apple sandwich orange broccoli carrot hot_dog pizza donut cake chair couch "
    "potted_plant bed dining_table toilet tv laptop mouse remote keyboard cell_phone microwave "
    "oven toaster sink refrigerator book clock vase scissors teddy_bear hair_drier toothbrush"
)


def planned(source: PromptSource, request: PromptRequest) -> str | None:
    """The prompt as the planner gets it."""
    return choose_prompt(source, request).text


def lines(value: Any) -> Iterator[str]:
    """All text of the bank."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        yield from lines([getattr(value, name) for name in type(value).model_fields])
    elif isinstance(value, dict):
        yield from lines(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from lines(one)


def request(operation: str, domain: Domain, label: str | None, seed: int) -> PromptRequest:
    return PromptRequest(operation, domain, None, label, seed)


def test_no_line_of_the_bank_leaks() -> None:
    found = list(lines([scenes(), instructions(), kinds()]))
    assert len(found) > 800
    for line in found:
        assert leaking_words(line) == (), line
        assert leaks(line) == (), line
        assert line == line.strip()


@pytest.mark.parametrize("operation", [*OPERATIONS, "an_operation_of_a_plugin"])
@pytest.mark.parametrize("domain", list(Domain))
@pytest.mark.parametrize("label", [None, "coffee mug", "person", "gizmo"])
def test_every_prompt_is_whole_and_does_not_leak(
    operation: str, domain: Domain, label: str | None
) -> None:
    for seed in range(120):
        prompt = planned(AutoPrompts(), request(operation, domain, label, seed))
        assert prompt
        assert not set("{}_") & set(prompt)
        assert "  " not in prompt
        assert len(prompt) <= 200
        assert leaking_words(prompt) == ()
        assert leaks(prompt) == ()


def test_every_template_has_only_slots_that_can_be_filled() -> None:
    known = {
        *TEMPLATE_SLOTS, "worn", "hair", "backdrop", "date", "amount", "number", "name", "word",
        "given",
    }  # fmt: skip
    for line in lines(instructions()):
        for slot in slots(line):
            assert slot.removeprefix("a ").removeprefix("quoted ") in known


@pytest.mark.parametrize("label", COCO.split())
def test_there_is_something_to_stand_in_for_every_object_of_coco(label: str) -> None:
    name = spoken(label)
    assert name is not None
    found = find(name)
    assert found is not None, label
    others = {another(name, np.random.default_rng(seed)) for seed in range(60)}
    assert len(others) >= 4
    assert name not in others
    assert others <= set(found[0].names)


def test_a_mug_makes_way_for_something_like_it() -> None:
    said = {
        planned(AutoPrompts(), request("inpaint_object", Domain.NATURAL, "mug", seed)) or ""
        for seed in range(200)
    }
    assert any("teapot" in prompt for prompt in said)
    assert any("vase" in prompt for prompt in said)
    assert not any("mug" in prompt or "horse" in prompt for prompt in said)


def test_instructions_speak_of_the_object_and_descriptions_do_not() -> None:
    for seed in range(80):
        instruct = planned(
            AutoPrompts(), request("instruct_edit", Domain.NATURAL, "red kite", seed)
        )
        assert instruct is not None
        assert "the red kite" in instruct
        ground = planned(AutoPrompts(), request("inpaint_remove", Domain.NATURAL, "kite", seed))
        assert ground is not None
        assert "kite" not in ground
        assert "remove" not in ground


def test_only_what_may_have_any_colour_is_given_another() -> None:
    for label, painted in (("car", True), ("dog", False), ("gizmo", False)):
        said = [
            planned(AutoPrompts(), request("instruct_edit", Domain.NATURAL, label, seed)) or ""
            for seed in range(200)
        ]
        assert any("colour" in prompt or "paint" in prompt for prompt in said) is painted


@given(st.integers(0, 2**63 - 1), st.sampled_from(sorted(OPERATIONS)))
def test_the_seed_alone_decides(seed: int, operation: str) -> None:
    one = planned(
        TemplatePrompts(kind="templates"), request(operation, Domain.NATURAL, "mug", seed)
    )
    two = planned(
        TemplatePrompts(kind="templates"), request(operation, Domain.NATURAL, "mug", seed)
    )
    assert one == two


def test_there_is_variety() -> None:
    for operation, least in (
        ("text_to_image", 450),
        ("instruct_edit", 200),
        ("inpaint_object", 200),
    ):
        said = {
            planned(AutoPrompts(), request(operation, Domain.NATURAL, "mug", seed))
            for seed in range(500)
        }
        assert len(said) >= least


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Coffee_Mug 2", "coffee mug"),
        ("the kite", "kite"),
        ("n02123045 tabby", "tabby"),
        ("n02123045", None),
        ("17", None),
        ("", None),
        (None, None),
        ("mask", None),
        ("x" * 80, None),
        ("hot-air balloon", "hot-air balloon"),
    ],
)
def test_labels_become_names_where_they_are_some(label: str | None, name: str | None) -> None:
    assert spoken(label) == name


@pytest.mark.parametrize(
    ("noun", "said"),
    [
        ("apple", "an apple"), ("umbrella", "an umbrella"), ("mug", "a mug"),
        ("unicycle", "a unicycle"), ("hourglass", "an hourglass"), ("old bus", "an old bus"),
        ("one-eyed cat", "a one-eyed cat"), ("used car", "a used car"),
        ("unindexed book", "an unindexed book"),
    ],
)  # fmt: skip
def test_articles_follow_the_sound(noun: str, said: str) -> None:
    assert with_article(noun) == said


def test_plurals_and_bigger_names_are_found() -> None:
    for name, kind in (
        ("dogs", "small animals"), ("women", "people"), ("cherries", None),
        ("big yellow school bus", "large vehicles"), ("broccoli", "vegetables"),
        ("glass", "bottles"),
    ):  # fmt: skip
        found = find(name)
        assert (found and found[0].kind) == kind


def test_the_bank_has_a_version() -> None:
    assert len(bank_version()) == 12
