"""Opens a recipe for a command: reads, checks against the installed generators, adds photos."""

from __future__ import annotations

from pathlib import Path

from generators.planning import check_entries
from schemas.errors import GeneratorError, RecipeError
from schemas.recipe import Recipe
from schemas.recipe.reading import parse_recipe
from schemas.recipe.sources import FolderSource


def open_recipe(path: Path, photos: str | None) -> Recipe:
    """The recipe in `path`, complete and checked; nothing has been written when this raises."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RecipeError(f"there is no recipe {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} cannot be read as a recipe: {error}") from error
    recipe = parse_recipe(text, str(path))
    try:
        check_entries(recipe.forge)
    except (GeneratorError, RecipeError) as error:
        raise RecipeError(f"{path}: {error}") from error
    if photos is not None:
        folder = FolderSource(kind="folder", path=photos)
        recipe = recipe.model_copy(update={"sources": (*recipe.sources, folder)})
    return recipe
