"""The recipe as a whole."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from schemas.recipe.base import RecipeModel
from schemas.recipe.curate import Curation
from schemas.recipe.forge import ForgeEntry
from schemas.recipe.raters import Annotate
from schemas.recipe.sources import SourceEntry
from schemas.recipe.splits import Splits
from schemas.recipe.storing import Audit, CodecPolicy, Publish

MOST_PARTS = 100
"""Parts of one entry, at most: a task costs Prefect some time and space whatever it does."""


class Recipe(RecipeModel):
    """What to build; everything else follows from it."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64, description="Name of the set."
    )
    description: str = Field("", description="A sentence or two for the card.")
    seed: int = Field(0, ge=0, lt=2**63, description="All randomness is derived from it.")
    sources: tuple[SourceEntry, ...] = Field(min_length=1, description="Which real pictures enter.")
    forge: tuple[ForgeEntry, ...] = Field(min_length=1, description="Which forgeries are made.")
    curation: Curation = Field(Curation(), description="What may enter the set.")
    codec: CodecPolicy = Field(CodecPolicy(), description="How pictures are stored.")
    splits: Splits = Field(Splits(), description="Shares of train, validation and test.")
    annotation: Annotate = Field(Annotate(), description="Who judges the pictures.")
    budget: float | None = Field(
        None,
        ge=0,
        description=(
            "US dollars that services may be paid, in all builds of this run together. A build "
            "that reaches it stops cleanly, and goes on where it is raised."
        ),
    )
    audit: Audit = Field(Audit(), description="When the set is refused.")
    publish: Publish = Field(Publish(), description="Title, licence and layout of the set.")
    part_size: int = Field(
        48,
        ge=1,
        le=100_000,
        description=(
            "Pictures or jobs in one part, which is one Prefect task. Parts are larger where an "
            f"entry would otherwise have more than {MOST_PARTS}."
        ),
    )

    @model_validator(mode="after")
    def _mask_areas(self) -> Self:
        for entry in self.forge:
            low, high = entry.mask_area
            if not 0 < low < high <= 1:
                raise ValueError("mask_area must be two shares with 0 < least < greatest <= 1")
        return self

    @model_validator(mode="after")
    def _names(self) -> Self:
        named = [entry.name for entry in self.sources if entry.name is not None]
        if len(set(named)) < len(named):
            raise ValueError("two entries of sources have one name")
        for index, entry in enumerate(self.forge):
            for name in entry.sources:
                if name not in named:
                    known = ", ".join(named) or "none is named; give an entry of sources a name"
                    raise ValueError(
                        f"forge[{index}].sources names {name!r}; entries of sources: {known}"
                    )
        return self
