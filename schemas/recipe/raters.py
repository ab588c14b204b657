"""The `annotation` of a recipe: who judges the pictures, what is asked, how they are weighed."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.cues import CUE_FAMILIES
from schemas.recipe.asking import AskedModel
from schemas.recipe.base import RecipeModel, Split
from schemas.vocabulary import Mode


class MeasuredRater(RecipeModel):
    """Numbers computed from the pixels, against what is ordinary in authentic pictures."""

    kind: Literal["measured"] = "measured"
    present_quantile: float = Field(
        0.96,
        gt=0.5,
        lt=1,
        description=(
            "A measurement counts as present beyond this quantile of authentic training pictures."
        ),
    )


class MllmRater(AskedModel):
    """A multimodal language model that looks at the pictures."""

    kind: Literal["mllm"]
    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=64, description="The rater's name in rows."
    )
    family: str = Field(
        min_length=1,
        description=(
            "Models that are built alike, for example gpt or qwen. Raters of one family share "
            "their mistakes, and a rationale is judged by another family."
        ),
    )
    mode: Mode = Field(
        Mode.BLIND,
        description=(
            "blind: it sees the picture alone; informed: it is told label and operation; grounded: "
            "it also sees where the change is, and what was measured there."
        ),
    )
    answers: Literal["schema", "json", "text"] = Field(
        "schema",
        description=(
            "schema: structured output by a JSON schema; json: JSON mode; text: plain text in "
            "which JSON is looked for, for models that know neither."
        ),
    )
    captions: bool = Field(False, description="Ask for a caption of the picture as well.")
    share: float = Field(
        1.0, gt=0, le=1, description="The share of the pictures that it judges, chosen by a hash."
    )
    splits: tuple[Split, ...] = Field((), description="Only pictures of these; all if left out.")
    longest_side: int | None = Field(
        None, ge=64, description="Larger pictures are scaled down to it; none if left out."
    )
    tile: int | None = Field(
        None,
        ge=128,
        description=(
            "Side of tiles, in pixels. A larger picture is shown whole, scaled down to it, and "
            "then in tiles of its own resolution. Left out: shown once."
        ),
    )
    most_tiles: int = Field(9, ge=1, le=64, description="Tiles at most.")
    most_tokens: int = Field(1500, ge=64, description="Longest answer, in tokens.")
    batch: bool = Field(
        False,
        description="Through the batch API: half the price, an answer within a day.",
    )


Rater = Annotated[MeasuredRater | MllmRater, Field(discriminator="kind")]


class Judge(AskedModel):
    """A model that is shown a picture and a rationale, and says whether the one bears the other."""

    family: str = Field(min_length=1, description="It judges no rater of its own family.")
    share: float = Field(0.1, gt=0, le=1, description="The share of rationales that it is shown.")
    swapped: float = Field(
        0.5, ge=0, le=1, description="The share of these that it also sees beside another picture."
    )


class Review(RecipeModel):
    """What people are given to judge in Label Studio, and how much of it."""

    slots: int = Field(
        2, ge=1, le=8, description="People who judge each picture, blind to one another."
    )
    tasks: int | None = Field(
        None, ge=1, description="Pictures for each slot; all of the set if left out."
    )
    preannotated: float = Field(
        0.5,
        ge=0,
        le=1,
        description=(
            "The share of tasks that open with machine judgements. The others start empty, so that "
            "it can be measured by how much people lean on them."
        ),
    )
    disagreement: float = Field(
        0.5,
        ge=0,
        le=1,
        description=(
            "The share of tasks that goes to pictures on which raters disagree or are unsure; the "
            "others are spread evenly over generators and operations."
        ),
    )
    names: Literal["accounts", "pseudonyms"] = Field(
        "accounts",
        description=(
            "How people are named in the published set: by their Label Studio accounts, which are "
            "e-mail addresses, or by pseudonyms."
        ),
    )
    project_size: int = Field(
        2000, ge=1, le=2000, description="Tasks of one project; Label Studio slows down beyond."
    )


class Annotate(RecipeModel):
    """Who judges the pictures, and how the judgements are weighed."""

    raters: tuple[Rater, ...] = Field((MeasuredRater(),), description="Machines that judge.")
    cues: tuple[str, ...] = Field(
        (),
        description=(
            "Families of finer cues that raters are asked about under each attribute: "
            + ", ".join(CUE_FAMILIES)
            + "."
        ),
    )
    judge: Judge | None = Field(None, description="A model that checks the others' rationales.")
    review: Review = Field(Review(), description="What people judge, in Label Studio.")
    consensus: Literal["reliability", "majority"] = Field(
        "reliability",
        description=(
            "reliability: raters are weighed by how reliable they prove (Dawid and Skene, 1979); "
            "majority: one rater, one vote. People stand above machines in both."
        ),
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        names = [rater.name for rater in self.raters if isinstance(rater, MllmRater)]
        if len(set(names)) < len(names):
            raise ValueError("two raters have one name; rows could not be told apart")
        if sum(isinstance(rater, MeasuredRater) for rater in self.raters) > 1:
            raise ValueError("the measured rater stands twice among the raters")
        for family in self.cues:
            if family not in CUE_FAMILIES:
                raise ValueError(
                    f"no such family of cues: {family!r}; there are {', '.join(CUE_FAMILIES)}"
                )
        return self

    @property
    def measured(self) -> MeasuredRater | None:
        """The measured rater, where it is one of the raters."""
        return next((r for r in self.raters if isinstance(r, MeasuredRater)), None)

    @property
    def mllm(self) -> tuple[MllmRater, ...]:
        """The language models among the raters."""
        return tuple(r for r in self.raters if isinstance(r, MllmRater))
