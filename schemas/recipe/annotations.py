"""The `annotations` of a folder of pictures: which files say what is in them, in which format."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from schemas.recipe.base import RecipeModel

AnnotationFormat = Literal[
    "coco",
    "via",
    "voc",
    "label_map",
    "mask",
    "funsd",
    "sroie",
    "cord",
    "hocr",
    "metadata",
    "text",
]
PictureFact = Literal["caption", "identity", "licence", "attribution", "consent"]

_ONE_FILE = frozenset({"coco", "via", "metadata"})
_OBJECTS = frozenset({"coco", "via", "voc", "label_map", "mask"})


class Annotations(RecipeModel):
    """What a folder's pictures show, as other tools wrote it down."""

    format: AnnotationFormat = Field(
        description=(
            "coco: objects or captions in COCO's JSON; via: VGG Image Annotator's JSON; voc: "
            "Pascal VOC's XML, with SegmentationObject where there is one; label_map: a picture "
            "for each, a value for every object; mask: a picture for each, 0 where no object is, "
            "or cut-outs; funsd, sroie, cord, hocr: words of pages; metadata: metadata.jsonl or "
            "metadata.csv as Hugging Face's ImageFolder has it; text: captions in text files."
        )
    )
    path: str | None = Field(
        None,
        min_length=1,
        description=(
            "The file, or the folder of files, from the folder of the pictures (../annotations), "
            "or a whole path or URL. Where left out: the usual places of the format."
        ),
    )
    suffix: str | None = Field(
        None,
        min_length=1,
        description=(
            "Formats with a file for each picture: what follows the picture's stem in their names, "
            "for example _mask.png."
        ),
    )
    label: str | None = Field(
        None, min_length=1, description="What objects are called that have no name of their own."
    )
    rescale: bool = Field(
        False,
        description="Fit annotations that were made on a smaller or larger copy of the pictures.",
    )
    columns: dict[PictureFact, str] = Field(
        default_factory=dict,
        description="metadata: the columns that hold what, where they have other names.",
    )

    @model_validator(mode="after")
    def _fields_fit_the_format(self) -> Self:
        if self.suffix is not None and self.format in _ONE_FILE:
            raise ValueError(f"{self.format} is one file for all pictures: give path, not suffix")
        if self.label is not None and self.format not in _OBJECTS:
            raise ValueError(f"{self.format} marks no objects that label could name")
        if self.columns and self.format != "metadata":
            raise ValueError("columns belongs to the format metadata")
        if self.format in ("label_map", "mask") and self.path is None and self.suffix is None:
            raise ValueError(f"{self.format} needs a path (a folder) or a suffix (_mask.png)")
        return self
