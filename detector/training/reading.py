"""Reads the YAML of a recipe that trains a detector."""

from __future__ import annotations

from pathlib import Path

from detector.training.recipe import TrainingRecipe
from schemas.errors import RecipeError
from schemas.recipe.yaml_mapping import YamlMapping


def read_training(path: Path) -> TrainingRecipe:
    """The training recipe in a file. Raises RecipeError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RecipeError(f"there is no training recipe {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} cannot be read as a training recipe: {error}") from error
    return parse_training(text, str(path))


def parse_training(text: str, name: str) -> TrainingRecipe:
    """The training recipe in `text`. `name` is what messages call the file. Raises RecipeError."""
    mapping = YamlMapping.parse(text, name, "a training recipe")
    if "sources" in mapping.plain or "forge" in mapping.plain:
        raise RecipeError(
            f"{name}: this recipe builds a set (`counterfoil build {name}`); recipes for training "
            "are in recipes/train"
        )
    return mapping.validated(TrainingRecipe)
