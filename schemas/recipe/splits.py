"""The `splits` section of a recipe: shares, what is held out, and what stays where it was."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from schemas.recipe.base import RecipeModel


class HoldOut(RecipeModel):
    """Forgeries that are tested on and never trained on: all that fits one of the five fields."""

    generator: str | None = Field(None, description="Name of a generator.")
    family: str | None = Field(None, description="A family of generators, such as flux.1.")
    autoencoder: str | None = Field(None, description="An autoencoder that pictures come out of.")
    operation: str | None = Field(None, description="An operation, such as inpaint_object.")
    released_from: str | None = Field(
        None,
        pattern=r"^\d{4}(-\d{2}){0,2}$",
        description="Models that came out on this date (or month, or year) or later.",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_dump(exclude_none=True)) != 1:
            known = ", ".join(type(self).model_fields)
            raise ValueError(f"each entry of hold_out names exactly one of {known}")
        return self

    def fits(
        self, *, generator: str, family: str, autoencoder: str, released: str, operation: str
    ) -> bool:
        """Whether a forgery with these facts is held out; an unknown fact is empty.

        Dates of different length are compared as far as both go: a model of "2024" came out from
        "2024-03" on as far as anybody can tell, and so is held out.
        """
        if self.released_from is not None:
            known = min(len(released), len(self.released_from))
            return bool(released) and released[:known] >= self.released_from[:known]
        known_facts = {
            "generator": generator,
            "family": family,
            "autoencoder": autoencoder,
            "operation": operation,
        }
        return any(getattr(self, field) == fact for field, fact in known_facts.items())

    @property
    def said(self) -> str:
        """The hold-out in words: `family flux.1`."""
        ((field, value),) = self.model_dump(exclude_none=True).items()
        return f"{field.replace('_', ' ')} {value}"


class Splits(RecipeModel):
    """Shares of the set by split. A group falls into one split, whole."""

    train: float = Field(0.7, ge=0, le=1)
    validation: float = Field(0.15, ge=0, le=1)
    test: float = Field(0.15, ge=0, le=1)
    method: Literal["balanced", "hashed"] = Field(
        "balanced",
        description=(
            "balanced: the shares hold in every domain, and every split gets some of each; hashed: "
            "a group's split depends on the group alone, so that pictures may be added later and "
            "none changes its split. Shares then hold on average."
        ),
    )
    like: str | None = Field(
        None,
        description=(
            "An earlier published set: pictures that are in it keep their split, and whatever is "
            "grouped with them follows."
        ),
    )
    circle: int | None = Field(
        None,
        ge=2,
        description=(
            "Splices and swaps take content from the pictures of so many groups alone. A splice "
            "joins the groups of both its pictures: without a bound some tens of them join most of "
            "a split, and intervals by group then rest on few groups. Null: from the whole split."
        ),
    )
    hold_out: tuple[HoldOut, ...] = Field(
        (), description="Forgeries that go into the test split alone."
    )

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
