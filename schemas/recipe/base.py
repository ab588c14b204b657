"""What every model of a recipe shares: unknown keys are errors, values are frozen."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class RecipeModel(BaseModel):
    """Base of the recipe's models."""

    model_config = ConfigDict(extra="forbid", frozen=True)
