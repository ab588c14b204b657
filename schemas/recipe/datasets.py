"""Which columns of a data set in Hugging Face's sense hold pictures and what is known of them."""

from __future__ import annotations

from pydantic import Field

from schemas.recipe.base import RecipeModel

Scalar = bool | int | float | str
"""A value that a column may have to have."""


class DatasetColumns(RecipeModel):
    """Which columns hold what. Those left out are not read."""

    image: str = Field("image", description="The picture.")
    caption: str | None = Field(None, description="What it shows, in words.")
    identity: str | None = Field(None, description="Who is on it.")
    licence: str | None = Field(None, description="Its licence, where pictures differ in it.")
    attribution: str | None = Field(None, description="Whom to name for it.")
    words: str | None = Field(None, description="The words of a page, as CORD's JSON.")

    def facts(self) -> dict[str, str]:
        """The columns beside the picture's, by what they hold."""
        named = self.model_dump(exclude={"image"})
        return {what: column for what, column in named.items() if column is not None}
