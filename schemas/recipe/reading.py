"""Reads the YAML of a recipe that builds a set."""

from __future__ import annotations

from schemas.recipe.model import Recipe
from schemas.recipe.yaml_mapping import YamlMapping


def parse_recipe(text: str, name: str) -> Recipe:
    """The recipe in `text`. `name` is what error messages call the file. Raises RecipeError."""
    return YamlMapping.parse(text, name).validated(Recipe)
