"""The options of `import`: which set, which part of it, and what is known of it."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from generators.contract import Options
from schemas.vocabulary import Domain

UNKNOWN = "unknown"
Value = str | int | float | bool


class ImportOptions(Options):
    """Options of `import`."""

    path: str = Field(
        "",
        description=(
            "The set; must be given: a folder, an fsspec URL, or the name of a data set on the "
            "Hugging Face hub."
        ),
    )
    layout: Literal["auto", "folder", "dataset", "mmfr"] = Field(
        "auto",
        description=(
            "folder: pictures in folders; dataset: what the datasets library opens; mmfr: the "
            "folders and JSON files of MMFR-Dataset; auto looks what is there."
        ),
    )
    generator: str | None = Field(
        None,
        description="For mmfr: which of its generators, as its folder is called, for example flux.",
    )
    config: str | None = Field(None, description="For dataset: which of its configurations.")
    subset: str | None = Field(
        None, description="For dataset: which of its splits; train, or the only one, if left out."
    )
    revision: str | None = Field(
        None, description="For a data set on the hub: the commit or tag. Pin it to build again."
    )
    streaming: bool = Field(
        True,
        description=(
            "For dataset: read from its beginning as far as needed; false downloads all of it and "
            "chooses evenly over it."
        ),
    )
    cache: str | None = Field(
        None,
        description=(
            "For dataset: the folder in which streamed pictures are kept, so that each is fetched "
            "once; the cache folder of the datasets library where left out."
        ),
    )
    include: tuple[str, ...] = Field(
        (),
        description='For folder and mmfr: patterns of paths within the set, such as "fake/*.png".',
    )
    where: dict[str, Value | tuple[Value, ...]] = Field(
        default_factory=dict,
        description=(
            "Take only items whose column has this value, or one of these; columns of the data "
            "set, or of a folder's metadata.csv or metadata.jsonl."
        ),
    )
    image_column: str | None = Field(
        None,
        description="For dataset: the column of pictures; the only one, or image, if left out.",
    )
    prompt_column: str = Field(
        "prompt",
        description=(
            "The column with the prompt, or its key in a .json or .yml file beside a picture. A "
            ".txt file beside a picture is a prompt too. Unknown where there is none."
        ),
    )
    mask_column: str | None = Field(
        None,
        description=(
            "The column of masks, for sets that have them: not 0 where the picture was changed. In "
            "a folder's metadata it names a file."
        ),
    )
    masks: str | None = Field(
        None,
        description=(
            "For folder: the folder within the set in which masks lie, under the paths of their "
            "pictures. A <stem>.mask.png beside a picture is taken as well."
        ),
    )
    invert_masks: bool = Field(False, description="Masks are 0 where the picture was changed.")
    group_column: str | None = Field(
        None, description="The column of what items of one split must share, such as a person."
    )
    group_pattern: str | None = Field(
        None,
        description=(
            "A regular expression of which the first match in an item's file name (or the match of "
            "its first group) names the item's group."
        ),
    )
    limit: int | None = Field(None, ge=1, description="Know of at most this many items.")
    min_side: int = Field(64, ge=1, description="Refuse pictures with a shorter side, px.")
    scope: Literal["full", "regenerated"] | None = Field(
        None,
        description=(
            "full: every pixel is synthetic; regenerated: the set's masks say where the edit is "
            "(that nothing else changed cannot be checked without the sources). By whether there "
            "are masks if left out."
        ),
    )
    domain: Domain = Field(Domain.AIGC, description="The domain of the set's pictures.")
    model: str = Field(UNKNOWN, description="What made the pictures, as exactly as is known.")
    family: str = Field(UNKNOWN, description="The family of models it belongs to.")
    autoencoder: str = Field(UNKNOWN, description="The autoencoder they came out of.")
    released: str = Field(
        UNKNOWN,
        pattern=r"^(unknown|\d{4}(-\d{2}(-\d{2})?)?)$",
        description='When the model came out, as in "2023-10".',
    )
    licence: str = Field(UNKNOWN, description="Licence of the pictures, as an SPDX id if any.")
    attribution: str = Field("", description="Whom to name for the pictures.")

    @property
    def has_masks(self) -> bool:
        """Whether the set says where its pictures were changed."""
        return self.scope == "regenerated" or bool(self.mask_column or self.masks)

    @field_validator("group_pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from error
        return pattern

    @model_validator(mode="after")
    def _agreeing(self) -> Self:
        if self.scope == "full" and (self.mask_column or self.masks):
            raise ValueError("scope full has no masks; leave out scope, or mask_column and masks")
        if self.layout in ("folder", "dataset") and self.generator is not None:
            raise ValueError("generator belongs to the layout mmfr; say model instead")
        return self
