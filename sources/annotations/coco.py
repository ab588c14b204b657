"""COCO's JSON: objects as polygons, run lengths or boxes with their categories, and captions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter
from pydantic_core import from_json, to_json

from schemas.picture import Mask
from sources.annotations.one_file import FileFormat
from sources.annotations.reader import Frame, bad, validated
from sources.annotations.rle import decode_rle
from sources.annotations.shapes import box_mask, fitted, polygon_mask
from sources.marks import Marks, Notes

_Number = Annotated[float, Field(allow_inf_nan=False)]
_Box = tuple[_Number, _Number, _Number, _Number]


class _Runs(BaseModel):
    counts: str | list[int]
    size: tuple[int, int]


class _Object(BaseModel):
    label: str | None
    segmentation: list[list[_Number]] | _Runs | None = None
    bbox: _Box | None = None


class _Piece(BaseModel):
    height: int | None
    width: int | None
    objects: list[_Object]
    captions: list[str]


_PIECE = TypeAdapter(_Piece)


def index(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What the file says of each of its images.

    Crowds (`iscrowd`) are left out, for they are many objects in one mask. Raises ValueError where
    it is not COCO's, or an annotation is of an image or a category that is not in it.
    """
    known = from_json(data)
    if not isinstance(known, dict) or not isinstance(known.get("images"), list):
        raise ValueError("it has no list `images`")
    labels = {each["id"]: str(each["name"]) for each in known.get("categories", ())}
    objects: defaultdict[Any, list[dict[str, Any]]] = defaultdict(list)
    captions: defaultdict[Any, list[str]] = defaultdict(list)
    images = {image["id"] for image in known["images"]}
    lost = [each for each in known.get("annotations", ()) if each["image_id"] not in images]
    if lost:
        raise ValueError(
            f"{len(lost)} of its annotations are of images that it does not list "
            f"(image_id {lost[0]['image_id']} is the first)"
        )
    for each in known.get("annotations", ()):
        if "segments_info" in each:
            raise ValueError("it is in the panoptic format; its instances file is wanted")
        if "caption" in each:
            captions[each["image_id"]].append(str(each["caption"]))
        elif not each.get("iscrowd"):
            category = each.get("category_id")
            if category is not None and category not in labels:
                raise ValueError(f"an annotation is of category {category}, which it does not list")
            objects[each["image_id"]].append(
                {
                    "label": labels.get(category),
                    "segmentation": each.get("segmentation") or None,
                    "bbox": each.get("bbox") or None,
                }
            )
    for image in known["images"]:
        piece = {
            "height": image.get("height"),
            "width": image.get("width"),
            "objects": objects[image["id"]],
            "captions": captions[image["id"]],
        }
        yield str(image["file_name"]), to_json(piece)


def notes(piece: bytes) -> Notes:
    """The first of an image's captions."""
    captions = [caption.strip() for caption in validated(_PIECE, piece).captions]
    return Notes(caption=next((caption for caption in captions if caption), None))


def marks(piece: bytes, frame: Frame) -> Marks:
    """An image's objects; one that has no segmentation is its box."""
    image = validated(_PIECE, piece)
    scale = (1.0, 1.0)
    if image.height is not None and image.width is not None:
        scale = frame.scale(image.height, image.width)
    return Marks(instances=tuple((_mask(each, frame, scale), each.label) for each in image.objects))


def _mask(each: _Object, frame: Frame, scale: tuple[float, float]) -> Mask:
    if isinstance(each.segmentation, _Runs):
        height, width = each.segmentation.size
        mask = decode_rle(each.segmentation.counts, height, width)
        return fitted(mask, frame).astype(bool)
    if each.segmentation is not None:
        return polygon_mask([_points(flat, scale) for flat in each.segmentation], frame)
    if each.bbox is not None:
        x, y, across, down = each.bbox
        return box_mask(
            x * scale[0], y * scale[1], (x + across) * scale[0], (y + down) * scale[1], frame
        )
    raise bad("an object has neither a segmentation nor a box")


def _points(flat: Sequence[float], scale: tuple[float, float]) -> list[tuple[float, float]]:
    if len(flat) % 2 or len(flat) < 6:
        raise bad(f"a polygon has {len(flat)} numbers; three pairs of x and y or more are wanted")
    return [(x * scale[0], y * scale[1]) for x, y in zip(flat[::2], flat[1::2], strict=True)]


COCO = FileFormat(index, notes, marks)
