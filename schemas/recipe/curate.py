"""The `curation`, `codec`, `splits` and `publish` sections of a recipe."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from schemas.recipe.base import RecipeModel


class MaskLimits(RecipeModel):
    """When the three masks disagree too much; samples beyond are quarantined with the reason."""

    min_changed_area: float = Field(
        0.0002,
        ge=0,
        le=1,
        description="Least share of the picture that must differ from the source.",
    )
    max_changed_area: float = Field(
        0.9, gt=0, le=1, description="Greatest share that may differ, for spliced forgeries."
    )
    min_applied_changed: float = Field(
        0.02, ge=0, le=1, description="Least share of the applied mask that must have changed."
    )
    max_outside: float = Field(
        0.05, ge=0, le=1, description="Greatest share of the change that may lie outside the mask."
    )


class Curation(RecipeModel):
    """What may enter the set."""

    duplicate_radius: int = Field(
        8, ge=0, le=16, description="Hamming distance of 64-bit pHashes that makes near-duplicates."
    )
    balance: bool = Field(
        True,
        description=(
            "Leave out real pictures that no forgery was made from, beyond as many as there are "
            "forgeries in their domain and split."
        ),
    )
    masks: MaskLimits = MaskLimits()
    real_faces: Literal["permitted", "any"] = Field(
        "permitted",
        description=(
            "permitted: portraits are forged only where the people do not exist, agreed, or the "
            "licence allows it (`consent` of the sources); any: all portraits are."
        ),
    )


class CodecPolicy(RecipeModel):
    """How published pictures are encoded, always alike for real and fake.

    lossless: PNG, so that spliced pictures equal their source outside the mask. jpeg: each real
    picture and its forgeries share one quality and subsampling, drawn from the lists. twins: both.
    """

    policy: Literal["lossless", "jpeg", "twins"] = "lossless"
    qualities: tuple[int, ...] = Field((75, 85, 90, 95), min_length=1)
    subsamplings: tuple[Literal["4:4:4", "4:2:2", "4:2:0"], ...] = Field(
        ("4:2:0", "4:4:4"), min_length=1
    )

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        if not all(1 <= quality <= 100 for quality in self.qualities):
            raise ValueError("every quality must lie between 1 and 100")
        return self


class Splits(RecipeModel):
    """Shares of the set by split. A group falls into one split, whole."""

    train: float = Field(0.7, ge=0, le=1)
    validation: float = Field(0.15, ge=0, le=1)
    test: float = Field(0.15, ge=0, le=1)

    @model_validator(mode="after")
    def _sum(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"train + validation + test must be 1, not {total:g}")
        return self

    def shares(self) -> dict[str, float]:
        """Splits with a share above 0, in the order train, validation, test."""
        shares = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: share for name, share in shares.items() if share > 0}


class Audit(RecipeModel):
    """The shortcut audit: may a classifier on side information alone tell real from fake?"""

    max_auc: float = Field(
        0.6, ge=0.5, le=1, description="Refuse to publish where the audit's AUC lies above this."
    )
    publish_anyway: bool = Field(
        False, description="Publish in spite of the audit; the card says so."
    )


class Publish(RecipeModel):
    """The published set."""

    licence: str = Field("other", description="Licence id of the set as a whole, for the card.")
    title: str | None = Field(None, description="Title of the card; the recipe's name if null.")
    row_group_rows: int = Field(100, ge=1, le=10_000, description="Rows in a row group, at most.")
    shard_megabytes: int = Field(
        256, ge=1, le=10_000, description="Picture bytes in a shard, at most."
    )
