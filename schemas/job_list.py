"""A job list: which forgeries are wanted and why, before anybody knows from which pictures.

What a recipe's quotas lack, what would level a set, what a detector failed on: each can be said as
a job list, which becomes `forge` entries of a recipe.
"""

from __future__ import annotations

import json
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.errors import RecipeError
from schemas.recipe.base import Split
from schemas.recipe.forge import ForgeEntry
from schemas.recipe.prompts import AutoPrompts, PromptSource
from schemas.vocabulary import Domain, MaskKind


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CodecHint(_Model):
    """How the pictures should be encoded in the end, for who chooses the codec policy."""

    format: Literal["JPEG", "PNG", "WEBP"] | None = Field(None, description="Container.")
    quality: tuple[int, int] | None = Field(None, description="Least and greatest JPEG quality.")
    subsampling: Literal["4:4:4", "4:2:2", "4:2:0"] | None = Field(
        None, description="Chroma subsampling."
    )
    saves: int | None = Field(None, ge=0, description="Lossy saves in its history.")


class WantedJobs(_Model):
    """So many forgeries of one kind. What is left out is left to the generator and the planner."""

    generator: str = Field(min_length=1, description="Name of a generator.")
    operation: str | None = Field(
        None, description="One of its operations; may be left out where it has one."
    )
    domain: Domain | None = Field(
        None, description="Domain of the sources; any that the generator can forge if null."
    )
    count: int = Field(ge=1, description="How many to plan.")
    wanted: int | None = Field(
        None, ge=0, description="How many are to come out of it; fewer where some will be rejected."
    )
    masks: dict[MaskKind, float] = Field(
        default_factory=dict, description="Shares of requested masks by kind."
    )
    mask_area: tuple[float, float] | None = Field(
        None, description="Least and greatest share of the picture that a mask may cover."
    )
    scope: Literal["as_made", "spliced", "twins"] = Field("as_made", description="As in a recipe.")
    options: dict[str, Any] = Field(default_factory=dict, description="The generator's options.")
    prompts: PromptSource = Field(AutoPrompts(), description="Where prompts come from.")
    sources: tuple[str, ...] = Field((), description="Names of the sources entries to draw from.")
    split: Split | None = Field(None, description="The split that they are for; any if null.")
    config: str | None = Field(None, description="Name of the evaluation config.")
    codec: CodecHint | None = Field(None, description="How they should be encoded.")
    why: str = Field("", description="What they are wanted for, in a sentence.")

    @model_validator(mode="after")
    def _area(self) -> Self:
        if self.mask_area is not None and not 0 < self.mask_area[0] < self.mask_area[1] <= 1:
            raise ValueError("mask_area must be two shares with 0 < least < greatest <= 1")
        return self

    def forge_entry(self) -> ForgeEntry:
        """The `forge` entry of a recipe that plans these. `domain` and `codec` have no place there:

        the one is for who chooses `sources`, the other for who chooses the codec policy.
        """
        plain = self.model_dump(exclude={"domain", "wanted", "codec", "why", "mask_area"})
        if self.mask_area is not None:
            plain["mask_area"] = self.mask_area
        return ForgeEntry.model_validate(plain)


class JobList(_Model):
    """Wanted forgeries, and what could not be asked for."""

    format: Literal[1] = 1
    name: str = Field(description="The recipe that it is for.")
    target: str = Field("", description="What it is made after: quotas, equal, weights, failures.")
    jobs: tuple[WantedJobs, ...] = Field((), description="What is wanted, in order.")
    remarks: tuple[str, ...] = Field((), description="What is not asked for, and why.")

    def forge_entries(self) -> tuple[ForgeEntry, ...]:
        """The list as `forge` entries, to stand behind those of the recipe that it is for."""
        return tuple(job.forge_entry() for job in self.jobs)

    def spelt(self, form: Literal["yaml", "json"] = "yaml") -> str:
        """The list as text that `parse_job_list` reads."""
        plain = self.model_dump(mode="json", exclude_defaults=True)
        # The format is said even though it is the default: later versions will read it.
        plain = {"format": self.format, "name": self.name, **plain}
        if form == "json":
            return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"
        return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)


def parse_job_list(text: str, name: str) -> JobList:
    """The job list in `text`, YAML or JSON; `name` is its file. Raises `RecipeError`."""
    try:
        # JSON is YAML, but for tabs and a few escapes that nobody writes by hand.
        plain = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise RecipeError(f"{name} is neither YAML nor JSON: {error}") from error
    try:
        return JobList.model_validate(plain)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the list"
        raise RecipeError(f"{name}: {field}: {first['msg']}") from error
