"""The recipe: the YAML file that says what to build, as Pydantic models."""

from schemas.recipe.model import Recipe

__all__ = ["Recipe"]
