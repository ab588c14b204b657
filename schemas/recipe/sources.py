"""The `sources` of a recipe: which real pictures enter, by which licence, in which crops."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.recipe.base import RecipeModel
from schemas.vocabulary import Domain

DocumentTemplate = Literal["receipt", "invoice", "letter", "form", "card"]


class Crops(RecipeModel):
    """How a large picture is cut into pictures of the set. Crops of one picture share a group."""

    min_side: int = Field(256, ge=64, le=8192, description="Shortest side of a crop, in pixels.")
    max_side: int = Field(384, ge=64, le=8192, description="Longest side of a crop, in pixels.")
    max_overlap: float = Field(
        0.33, ge=0, le=0.9, description="Greatest share of a crop that may lie in another one."
    )
    per_picture: int = Field(12, ge=1, le=10_000, description="Most crops from one picture.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_side < self.min_side:
            raise ValueError("max_side must be at least min_side")
        return self


class _Pictures(RecipeModel):
    domain: Literal[Domain.NATURAL, Domain.DEEPFAKE, Domain.DOCUMENT] = Field(
        Domain.NATURAL,
        description="natural: photographs; deepfake: crops with faces; document: pages with words.",
    )
    group: str | None = Field(
        None,
        min_length=1,
        description="Put all pictures of this entry into one group (and so into one split).",
    )
    crops: Crops | None = Field(Crops(), description="How to cut crops; null keeps pictures whole.")


class PackagedSource(_Pictures):
    """Photographs and scans that come inside scikit-image, scikit-learn and matplotlib."""

    kind: Literal["packaged"]
    pictures: tuple[str, ...] = Field(
        (), description="Which ones, by name; all that suit the domain where none is named."
    )


class FolderSource(_Pictures):
    """Pictures in a folder of the user's, also in an object store."""

    kind: Literal["folder"]
    path: str = Field(min_length=1, description="The folder: a path or an fsspec URL.")
    recursive: bool = Field(True, description="Also look into folders within the folder.")
    limit: int | None = Field(None, ge=1, description="Take at most this many pictures.")
    licence: str = Field("unknown", description="Licence of the pictures, as an SPDX id if any.")
    attribution: str = Field("", description="Whom to name for the pictures.")
    ocr: Literal["layout", "tesseract"] = Field(
        "layout",
        description=(
            "How words are found on pages without a .words.json beside them: layout finds boxes "
            "without reading them; tesseract also reads (needs the ocr extra)."
        ),
    )


class RenderedSource(RecipeModel):
    """Documents with invented data, typeset and then photographed or scanned in software."""

    kind: Literal["rendered"]
    count: int = Field(ge=1, description="How many documents.")
    templates: tuple[DocumentTemplate, ...] = Field(
        ("receipt", "invoice", "letter", "form", "card"),
        min_length=1,
        description="Which kinds, in equal shares.",
    )
    min_side: int = Field(384, ge=256, le=4096, description="Least long side of a picture, px.")
    max_side: int = Field(512, ge=256, le=4096, description="Greatest long side of a picture, px.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_side < self.min_side:
            raise ValueError("max_side must be at least min_side")
        return self


SourceEntry = Annotated[PackagedSource | FolderSource | RenderedSource, Field(discriminator="kind")]
