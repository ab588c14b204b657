"""Pascal VOC's files: boxes with names in XML, and the objects' outlines as palette PNGs.

Everingham et al., "The Pascal Visual Object Classes (VOC) Challenge", IJCV 88(2), 2010.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from schemas.picture import Mask, instance_of
from sources.annotations.file_each import Files
from sources.annotations.label_map import read_values
from sources.annotations.reader import Frame, bad
from sources.annotations.shapes import box_mask, fitted
from sources.marks import Marks

VOID = 255
"""The value of the seam between objects in VOC's maps."""
_LEAST_AGREEMENT = 0.5


@dataclass(frozen=True, slots=True)
class _Object:
    name: str | None
    box: tuple[float, float, float, float]


def marks(files: Files, frame: Frame) -> Marks:
    """The objects: outlined where there is a map of them, else as boxes.

    An outline is called as the box that agrees with it best; a box that agrees with none is kept.
    """
    described, outlines = files
    objects = [] if described is None else list(_objects(described, frame))
    if outlines is None:
        return Marks(instances=tuple((box_mask(*each.box, frame), each.name) for each in objects))
    values = fitted(read_values(outlines), frame)
    found: list[tuple[Mask, str | None]] = []
    for number in np.unique(values):
        if number in (0, VOID):
            continue
        mask: Mask = values == number
        best = max(objects, key=lambda each: _agreement(mask, each), default=None)
        if best is not None and _agreement(mask, best) >= _LEAST_AGREEMENT:
            objects.remove(best)
            found.append((mask, best.name))
        else:
            found.append((mask, None))
    found += [(box_mask(*each.box, frame), each.name) for each in objects]
    return Marks(instances=tuple(found))


def _objects(data: bytes, frame: Frame) -> Iterator[_Object]:
    try:
        tree = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise bad(f"the XML is broken: {error}") from error
    x, y = 1.0, 1.0
    height, width = _number(tree, "size/height"), _number(tree, "size/width")
    if height and width:
        x, y = frame.scale(round(height), round(width))
    for each in tree.iter("object"):
        ends = [_number(each, f"bndbox/{name}") for name in ("xmin", "ymin", "xmax", "ymax")]
        if any(end is None for end in ends):
            raise bad(f"the object {each.findtext('name')!r} has no whole box")
        left, top, right, bottom = (end for end in ends if end is not None)
        name = (each.findtext("name") or "").strip() or None
        # VOC counts pixels from 1, and the last one is inside.
        yield _Object(name, ((left - 1) * x, (top - 1) * y, right * x, bottom * y))


def _number(element: ElementTree.Element, path: str) -> float | None:
    text = element.findtext(path)
    try:
        return None if text is None else float(text)
    except ValueError as error:
        raise bad(f"{path} is {text!r}, not a number") from error


def _agreement(mask: Mask, each: _Object) -> float:
    """Intersection over union of the box around a mask and an object's box."""
    x, y, width, height = instance_of(mask).box
    x0, y0, x1, y1 = each.box
    across = max(0.0, min(x + width, x1) - max(x, x0))
    down = max(0.0, min(y + height, y1) - max(y, y0))
    shared = across * down
    return shared / max(1e-9, width * height + (x1 - x0) * (y1 - y0) - shared)
