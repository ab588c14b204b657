"""The `codec`, `audit` and `publish` sections of a recipe: how pictures are stored and let out."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from schemas.recipe.base import RecipeModel
from schemas.shortcuts import SIDE_FAMILIES, Family


class CodecPolicy(RecipeModel):
    """How published pictures are encoded.

    lossless: PNG, so that spliced pictures equal their source outside the mask. jpeg: each real
    picture and its forgeries share one quality and subsampling, drawn from the lists. twins: both.
    matched: each forgery takes the size, format, quality, subsampling and number of lossy saves of
    a real picture, and real pictures go the same way. as_they_came: real pictures in the encoding
    of their files and forgeries in their generators'; the shortcut audit will say what that gives
    away.
    """

    policy: Literal["lossless", "jpeg", "twins", "matched", "as_they_came"] = "lossless"
    qualities: tuple[int, ...] = Field((75, 85, 90, 95), min_length=1)
    subsamplings: tuple[Literal["4:4:4", "4:2:2", "4:2:0"], ...] = Field(
        ("4:2:0", "4:4:4"), min_length=1
    )
    fit: Literal["crop", "resize"] = Field(
        "crop",
        description=(
            "For matched: how a forgery without a source comes to the size of a real picture. crop "
            "cuts out a piece at its own resolution, so that nothing is resampled; resize keeps "
            "what it shows, and the audit may tell that it was resampled."
        ),
    )

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        if not all(1 <= quality <= 100 for quality in self.qualities):
            raise ValueError("every quality must lie between 1 and 100")
        return self


class Audit(RecipeModel):
    """The shortcut audit: may a classifier on side information alone tell real from fake?"""

    max_auc: float = Field(
        0.6, ge=0.5, le=1, description="Refuse to publish where the audit's AUC lies above this."
    )
    families: tuple[Family, ...] = Field(
        SIDE_FAMILIES,
        min_length=1,
        description=(
            "What counts as side information: container, size, encoding, metadata, history (traces "
            "of earlier saves); colour and frequency are statistics of what a picture shows, which "
            "are measured and not judged unless they are named here."
        ),
    )
    publish_anyway: bool = Field(
        False, description="Publish in spite of the audit; the card says so."
    )


class Publish(RecipeModel):
    """The published set."""

    licence: str = Field("other", description="Licence id of the set as a whole, for the card.")
    licences: tuple[str, ...] = Field(
        (),
        description=(
            "Publish only pictures with one of these licences, such as CC0-1.0, CC-BY-*, "
            "`redistribute` or `commercial`; all where none is named."
        ),
    )
    title: str | None = Field(None, description="Title of the card; the recipe's name if null.")
    row_group_rows: int = Field(100, ge=1, le=10_000, description="Rows in a row group, at most.")
    shard_megabytes: int = Field(
        256, ge=1, le=10_000, description="Picture bytes in a shard, at most."
    )
