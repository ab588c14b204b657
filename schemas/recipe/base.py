"""What every model of a recipe shares: unknown keys are errors, values are frozen."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Split = Literal["train", "validation", "test"]


class RecipeModel(BaseModel):
    """Base of the recipe's models."""

    model_config = ConfigDict(extra="forbid", frozen=True)
