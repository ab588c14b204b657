"""A wrong recipe gets a message with the line, the field and what would be right."""

from __future__ import annotations

import pytest

from schemas.errors import RecipeError
from schemas.recipe.reading import parse_recipe
from schemas.vocabulary import MaskKind

GOOD = """\
name: small
sources:
  - kind: packaged
  - kind: rendered
    count: 3
forge:
  - generator: inpaint_remove
    count: 4
    masks: {object: 1, stuff: 2}
"""


def test_a_good_recipe_gets_defaults() -> None:
    recipe = parse_recipe(GOOD, "r.yaml")
    assert recipe.splits.shares() == {"train": 0.7, "validation": 0.15, "test": 0.15}
    assert recipe.forge[0].masks == {MaskKind.OBJECT: 1, MaskKind.STUFF: 2}
    assert recipe.codec.policy == "lossless"


@pytest.mark.parametrize(
    ("wrong", "right", "line", "words"),
    [
        ("kind: packaged", "kind: pakaged", 3, "did you mean 'packaged'"),
        ("count: 4", "cuont: 4", 8, "did you mean 'count'"),
        ("count: 3", "count: none", 5, "sources[1].count"),
        ("count: 4", "count: 0", 8, "greater than or equal to 1"),
        ("{object: 1", "{objct: 1", 9, "'object', 'segment', 'box'"),
        ("name: small", "name: Small Set", 1, "lower-case letters"),
        ("    count: 4", "    count: 4\n    count: 5", 9, "a second time"),
        ("name: small\n", "name: small\nsplits: {train: 0.5}\n", 2, "must be 1"),
        ("name: small\n", "name: small\npart_siz: 3\n", 2, "did you mean 'part_size'"),
        ("  - generator: inpaint_remove\n    count: 4\n    masks: {object: 1, stuff: 2}\n",
         "  []\n", 6, "at least 1"),
    ],
)  # fmt: skip
def test_a_wrong_one_names_line_field_and_remedy(
    wrong: str, right: str, line: int, words: str
) -> None:
    assert wrong in GOOD
    with pytest.raises(RecipeError) as caught:
        parse_recipe(GOOD.replace(wrong, right), "r.yaml")
    messages = str(caught.value).splitlines()
    assert any(text.startswith(f"r.yaml:{line}: ") and words in text for text in messages)


@pytest.mark.parametrize("text", ["", "- a\n", "just words", "name: [\n", "\tname: x"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(RecipeError, match=r"r\.yaml"):
        parse_recipe(text, "r.yaml")


def test_every_problem_is_told_at_once() -> None:
    text = GOOD.replace("count: 4", "count: 0").replace(
        "kind: rendered", "kind: rendered\n    x: 1"
    )
    with pytest.raises(RecipeError) as caught:
        parse_recipe(text, "r.yaml")
    assert len(str(caught.value).splitlines()) == 2
