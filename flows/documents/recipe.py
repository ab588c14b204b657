"""docs/recipe.md: what a recipe can say."""

from __future__ import annotations

from collections.abc import Iterator

from flows.documents.fields import tables
from flows.documents.note import NOTE
from schemas.recipe import Recipe


def recipe() -> Iterator[str]:
    """The lines of the document."""
    yield f"{NOTE}\n# Recipes\n\nA recipe is a YAML file. `recipes/recipe.schema.json` lets an"
    yield "editor complete and check it: name it in the first line, as the recipes here do.\n"
    yield from tables("recipe", Recipe)
