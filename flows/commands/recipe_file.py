"""Opens a recipe for a command: reads, checks against the installed generators, adds photos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from generators.planning import check_entries
from schemas.errors import GeneratorError, RecipeError
from schemas.recipe import Recipe
from schemas.recipe.reading import parse_recipe
from schemas.recipe.sources import FolderSource


def open_recipe(path: Path, photos: str | None, generate: Sequence[str] = ()) -> Recipe:
    """The recipe in `path`, complete and checked; nothing has been written when this raises.

    `generate` names the evaluation configs that are generated instead of imported, or "all".
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RecipeError(f"there is no recipe {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} cannot be read as a recipe: {error}") from error
    recipe = _generating(parse_recipe(text, str(path)), generate)
    try:
        check_entries(recipe.forge)
        check_entries([entry.generated() for entry in recipe.forge])
    except (GeneratorError, RecipeError) as error:
        raise RecipeError(f"{path}: {error}") from error
    if photos is not None:
        folder = FolderSource(kind="folder", path=photos)
        recipe = recipe.model_copy(update={"sources": (*recipe.sources, folder)})
    return recipe


def _generating(recipe: Recipe, names: Sequence[str]) -> Recipe:
    choices = [e.config_name for e in recipe.forge if e.alternative is not None]
    for name in names:
        if name != "all" and name not in choices:
            known = ", ".join(dict.fromkeys(choices)) or "none of its entries has an alternative"
            raise RecipeError(f"--generate {name}: the recipe can generate: {known}")
    forge = tuple(
        e.generated() if "all" in names or e.config_name in names else e for e in recipe.forge
    )
    return recipe.model_copy(update={"forge": forge})
