"""The `curation` section of a recipe: what may enter the set, and what belongs together."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

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


class Embeddings(RecipeModel):
    """A learned embedding, which finds what was redrawn, recoloured or photographed twice."""

    model: str = Field(
        "facebook/dinov2-base",
        min_length=1,
        description=(
            "A CLIP or DINO checkpoint: a name on the Hugging Face hub, with @revision to pin it, "
            "or a folder. Needs the ml extra."
        ),
    )
    similarity: float = Field(
        0.95, gt=0, le=1, description="Cosine of two embeddings from which pictures are duplicates."
    )


class Duplicates(RecipeModel):
    """What makes two pictures near-duplicates. Of sources, the larger and less compressed stays."""

    radius: int = Field(
        8, ge=0, le=16, description="Hamming distance of 64-bit pHashes that makes near-duplicates."
    )
    orientations: bool = Field(
        True, description="Also find sources that are mirrored or turned by quarters."
    )
    crops: bool = Field(False, description="Also find sources that show a part of another one.")
    embeddings: Embeddings | None = Field(
        None, description="Also compare sources by a learned embedding."
    )


class Groups(RecipeModel):
    """What else binds pictures into one group, which falls into one split, whole.

    The file that crops are cut from, a declared group, a person, a document's template with its
    issuer, near-duplicates and the sources of one forgery always do.
    """

    prompt: bool = Field(
        True,
        description=(
            "Forgeries made from one prompt share a group; what would carry a prompt into a second "
            "split is given another one, or is not planned."
        ),
    )


class Benchmark(RecipeModel):
    """Somebody else's test set, whose pictures must not stand in this one."""

    name: str = Field(min_length=1, description="What it is called on the card.")
    path: str = Field(
        min_length=1,
        description=(
            "Path of its hash list: `counterfoil fingerprint` writes one from its pictures; a text "
            "file with 16 hex digits a line will do."
        ),
    )
    radius: int = Field(8, ge=0, le=16, description="Hamming distance that counts as overlap.")
    action: Literal["drop", "refuse", "report"] = Field(
        "drop",
        description=(
            "drop: pictures near one of its own stay out, with the reason; refuse: the build stops "
            "and names them; report: the card counts them."
        ),
    )


class Topics(RecipeModel):
    """What captions are about, compared between real and fake."""

    action: Literal["off", "report", "match"] = Field(
        "report",
        description=(
            "report: the card shows the histograms; match: what one side has more of a topic is "
            "left out, as far as both have captions."
        ),
    )
    count: int = Field(12, ge=2, le=200, description="How many topics captions are sorted into.")


class Curation(RecipeModel):
    """What may enter the set."""

    duplicates: Duplicates = Field(Duplicates(), description="What makes near-duplicates.")
    groups: Groups = Field(Groups(), description="What else binds pictures into one group.")
    contamination: tuple[Benchmark, ...] = Field(
        (), description="Test sets of others that must not be in this one."
    )
    tombstones: str | None = Field(
        None,
        description=(
            "Path of a list of pictures that were taken down; they and all that would be made from "
            "them stay out. `counterfoil takedown` writes it."
        ),
    )
    balance: bool = Field(
        True,
        description=(
            "Leave out real pictures that no forgery was made from, beyond as many as there are "
            "forgeries in their domain and split."
        ),
    )
    topics: Topics = Field(Topics(), description="Whether real and fake are about the same things.")
    masks: MaskLimits = MaskLimits()
    real_faces: Literal["permitted", "any"] = Field(
        "permitted",
        description=(
            "permitted: portraits are forged only where the people do not exist, agreed, or the "
            "licence allows it (`consent` of the sources); any: all portraits are."
        ),
    )
