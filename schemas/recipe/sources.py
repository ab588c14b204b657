"""The `sources` of a recipe: which real pictures enter, by which licence, in which crops."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.recipe.annotations import Annotations
from schemas.recipe.base import RecipeModel, Split
from schemas.recipe.datasets import DatasetColumns, Scalar
from schemas.vocabulary import Consent, Domain

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


class _Entry(RecipeModel):
    name: str | None = Field(
        None, min_length=1, description="A name by which `forge` entries can ask for these."
    )
    split: Split | None = Field(
        None, description="Put all of these into one split; by the shares where left out."
    )


class _Pictures(_Entry):
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
    face_detector: str = Field(
        "haar",
        description=(
            "How faces are found: haar (frontal ones, needs nothing), the path of YuNet's ONNX "
            "file (turned ones too, with nose and mouth), or insightface where it is installed."
        ),
    )
    face_landmarks: str | None = Field(
        None, description="Path of an ONNX network that gives 68 landmarks of a face."
    )


class PackagedSource(_Pictures):
    """Photographs and scans that come inside scikit-image, scikit-learn and matplotlib."""

    kind: Literal["packaged"]
    pictures: tuple[str, ...] = Field(
        (), description="Which ones, by name; all that suit the domain where none is named."
    )


class _Collected(_Pictures):
    """What is said of pictures that a user collected, wherever they are."""

    limit: int | None = Field(None, ge=1, description="Take at most this many pictures.")
    licence: str = Field("unknown", description="Licence of the pictures, as an SPDX id if any.")
    attribution: str = Field("", description="Whom to name for the pictures.")
    consent: Consent = Field(
        Consent.UNKNOWN,
        description=(
            "On what ground the faces may be forged. synthetic: these people do not exist; given: "
            "they agreed or the licence allows it; unknown: they are not forged unless "
            "curation.real_faces is any."
        ),
    )
    ocr: Literal["layout", "tesseract"] = Field(
        "layout",
        description=(
            "How words are found on pages whose words are not annotated: layout finds boxes "
            "without reading them; tesseract also reads (needs the ocr extra)."
        ),
    )


class FolderSource(_Collected):
    """Pictures in a folder of the user's, also in an object store."""

    kind: Literal["folder"]
    path: str = Field(min_length=1, description="The folder: a path or an fsspec URL.")
    recursive: bool = Field(True, description="Also look into folders within the folder.")
    annotations: Annotations | tuple[Annotations, ...] | None = Field(
        None,
        description=(
            "What is in the pictures, as other tools wrote it down; several entries as a list. "
            "Where left out, metadata.jsonl, metadata.csv, _annotations.coco.json and "
            "via_region_data.json are read where they lie in the folder; [] reads nothing."
        ),
    )
    identity: Literal["folder"] | None = Field(
        None,
        description=(
            "folder: each folder within the folder holds the pictures of one person, who then "
            "falls into one split whole."
        ),
    )


class DatasetSource(_Collected):
    """Pictures of a data set on the Hugging Face hub, or in a folder that `datasets` can load."""

    kind: Literal["dataset"]
    path: str = Field(
        min_length=1,
        description="Its name on the hub, or a folder of Parquet files, of pictures (ImageFolder) "
        "or of what else the datasets library loads.",
    )
    config: str | None = Field(None, description="The configuration, where it has several.")
    subset: str = Field("train", description="Which of its own splits to read.")
    revision: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{7,40}$",
        description="The commit to read. A data set of the hub needs one, for branches move.",
    )
    streaming: bool = Field(
        False,
        description=(
            "Fetch only the rows that are used. `limit` then takes the first ones; without "
            "streaming, ones drawn from the whole set."
        ),
    )
    columns: DatasetColumns = Field(DatasetColumns(), description="Which columns hold what.")
    where: dict[str, Scalar | tuple[Scalar, ...]] = Field(
        default_factory=dict,
        description=(
            "Take only rows with this value, or one of these values, in a column: {label: cat}."
        ),
    )


class RenderedSource(_Entry):
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


SourceEntry = Annotated[
    PackagedSource | FolderSource | DatasetSource | RenderedSource, Field(discriminator="kind")
]
