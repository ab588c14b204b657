"""The `forge` entries of a recipe: which generator makes how many forgeries of which operation."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from schemas.recipe.base import RecipeModel
from schemas.vocabulary import MaskKind


class ForgeEntry(RecipeModel):
    """A quota of forgeries."""

    generator: str = Field(min_length=1, description="Name of an installed generator.")
    operation: str | None = Field(
        None, description="One of the generator's operations; may be left out where it has one."
    )
    count: int = Field(ge=1, description="How many forgeries to plan.")
    options: dict[str, Any] = Field(
        default_factory=dict, description="The generator's options; see `counterfoil generators`."
    )
    masks: dict[MaskKind, float] = Field(
        default_factory=dict,
        description=(
            "Shares of requested masks by kind, for generators that take masks, for example "
            "{object: 0.4, irregular: 0.3, stuff: 0.3}. Equal shares where left out."
        ),
    )
    mask_area: tuple[float, float] = Field(
        (0.02, 0.25), description="Least and greatest share of the picture that a mask may cover."
    )
