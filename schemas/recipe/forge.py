"""The `forge` entries of a recipe: which generator makes how many forgeries of which operation."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from schemas.recipe.base import RecipeModel, Split
from schemas.recipe.prompts import AutoPrompts, PromptSource
from schemas.vocabulary import MaskKind

DEFAULT_SEGMENTER = "facebook/sam2.1-hiera-tiny"


class Maker(RecipeModel):
    """A generator and what it is told."""

    generator: str = Field(min_length=1, description="Name of an installed generator.")
    operation: str | None = Field(
        None, description="One of the generator's operations; may be left out where it has one."
    )
    options: dict[str, Any] = Field(
        default_factory=dict, description="The generator's options; see `counterfoil generators`."
    )
    prompts: PromptSource = Field(
        AutoPrompts(), description="Where prompts come from, for generators that take them."
    )


class ForgeEntry(Maker):
    """A quota of forgeries."""

    count: int = Field(ge=1, description="How many forgeries to plan.")
    masks: dict[MaskKind, float] = Field(
        default_factory=dict,
        description=(
            "Shares of requested masks by kind, for generators that take masks, for example "
            "{object: 0.4, irregular: 0.3, stuff: 0.3}. Equal shares where left out."
        ),
    )
    scope: Literal["as_made", "spliced", "twins"] = Field(
        "as_made",
        description=(
            "For generators that redraw the whole picture around a mask: as_made keeps what came "
            "out (regenerated); spliced pastes it into the source by the exact applied mask; twins "
            "publishes both, and `count` pairs are planned."
        ),
    )
    sources: tuple[str, ...] = Field(
        (),
        description=(
            "Names of the sources entries to draw from; all that suit where none is named. For "
            "imports, the real pictures that stand beside them in their evaluation config."
        ),
    )
    split: Split | None = Field(
        None, description="Put all of these into one split; by the shares where left out."
    )
    config: str | None = Field(
        None,
        pattern=r"^[a-z0-9][a-z0-9_-]*$",
        description="Name of the evaluation config; the generator's name where left out.",
    )
    mask_area: tuple[float, float] = Field(
        (0.02, 0.25), description="Least and greatest share of the picture that a mask may cover."
    )
    segmenter: str = Field(
        DEFAULT_SEGMENTER,
        description=(
            "The SAM 2 checkpoint for masks of the kind segment: a name on the Hugging Face hub, "
            "with @revision to pin it, or a folder."
        ),
    )
    alternative: Maker | None = Field(
        None,
        description=(
            "What can make such forgeries where the entry itself imports them; "
            "`--generate CONFIG` takes it instead."
        ),
    )

    @property
    def config_name(self) -> str:
        """The name of its evaluation config."""
        return self.config or self.generator

    def generated(self) -> ForgeEntry:
        """The entry with its alternative in place of its generator."""
        if self.alternative is None:
            return self
        return self.model_copy(
            update={
                "config": self.config_name,
                "alternative": None,
                **{name: getattr(self.alternative, name) for name in Maker.model_fields},
            }
        )
