"""VGG Image Annotator's JSON: outlines, boxes and ellipses, as exported or within a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter
from pydantic_core import from_json, to_json

from schemas.picture import Mask
from sources.annotations.one_file import FileFormat
from sources.annotations.reader import Frame, bad, validated
from sources.annotations.shapes import box_mask, ellipse_mask, polygon_mask
from sources.marks import Marks, Notes

_Number = Annotated[float, Field(allow_inf_nan=False)]


class _Outline(BaseModel):
    name: Literal["polygon", "polyline"]
    all_points_x: list[_Number]
    all_points_y: list[_Number]


class _Rectangle(BaseModel):
    name: Literal["rect"]
    x: _Number
    y: _Number
    width: _Number
    height: _Number


class _Circle(BaseModel):
    name: Literal["circle"]
    cx: _Number
    cy: _Number
    r: _Number


class _Ellipse(BaseModel):
    name: Literal["ellipse"]
    cx: _Number
    cy: _Number
    rx: _Number
    ry: _Number
    theta: _Number = 0.0


class _Point(BaseModel):
    name: Literal["point"]


_Shape = Annotated[_Outline | _Rectangle | _Circle | _Ellipse | _Point, Field(discriminator="name")]


class _Region(BaseModel):
    shape_attributes: _Shape
    region_attributes: dict[str, Any] = {}


class _Piece(BaseModel):
    regions: list[_Region]
    caption: str | None


_PIECE = TypeAdapter(_Piece)


def index(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What the file says of each of its pictures. Raises ValueError where it is not VIA's."""
    known = from_json(data)
    if isinstance(known, dict):
        known = known.get("_via_img_metadata", known)
    if not isinstance(known, dict) or not all(
        isinstance(each, dict) and "filename" in each and "regions" in each
        for each in known.values()
    ):
        raise ValueError("it does not map pictures to their `filename` and `regions`")
    for each in known.values():
        regions = each["regions"]
        # Version 1 has an object with numbers for keys where version 2 has a list.
        regions = list(regions.values()) if isinstance(regions, dict) else regions
        caption = (each.get("file_attributes") or {}).get("caption")
        piece = {"regions": regions, "caption": caption if isinstance(caption, str) else None}
        yield str(each["filename"]), to_json(piece)


def notes(piece: bytes) -> Notes:
    """The file attribute `caption`, which VIA offers by default."""
    return Notes(caption=(validated(_PIECE, piece).caption or "").strip() or None)


def marks(piece: bytes, frame: Frame) -> Marks:
    """The regions, called by what their attributes say. Points and lines enclose nothing."""
    regions = validated(_PIECE, piece).regions
    return Marks(
        instances=tuple(
            (_mask(region.shape_attributes, frame), _label(region.region_attributes))
            for region in regions
            if region.shape_attributes.name not in ("point", "polyline")
        )
    )


def _mask(shape: _Shape, frame: Frame) -> Mask:
    if isinstance(shape, _Outline):
        if len(shape.all_points_x) != len(shape.all_points_y) or len(shape.all_points_x) < 3:
            raise bad("a polygon needs as many x as y, and three at least")
        return polygon_mask([list(zip(shape.all_points_x, shape.all_points_y, strict=True))], frame)
    if isinstance(shape, _Rectangle):
        return box_mask(shape.x, shape.y, shape.x + shape.width, shape.y + shape.height, frame)
    if isinstance(shape, _Circle):
        return ellipse_mask(shape.cx, shape.cy, shape.r, shape.r, 0.0, frame)
    assert isinstance(shape, _Ellipse)  # Points were left out.
    return ellipse_mask(shape.cx, shape.cy, shape.rx, shape.ry, shape.theta, frame)


def _label(attributes: Mapping[str, Any]) -> str | None:
    """The first attribute's value; of a set of ticks the first that is ticked."""
    for name in sorted(attributes, key=lambda name: (name not in ("name", "label", "class"), name)):
        value = attributes[name]
        if isinstance(value, dict):
            value = next((option for option, on in value.items() if on), None)
        if value not in (None, "", "undefined"):
            return str(value).strip()
    return None


VIA = FileFormat(index, notes, marks)
