"""Pictures of masks: every object has a value of its own, or one object is all that is not 0."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from schemas.picture import Mask
from sources.annotations.file_each import Files
from sources.annotations.reader import Frame, bad
from sources.annotations.shapes import fitted
from sources.instances import separate
from sources.marks import Marks
from storage.reading import MAX_PIXELS

MOST_OBJECTS = 2000
"""More values than these are not the numbers of objects: the map is a photograph."""
_FORMATS = ("PNG", "BMP", "TIFF")


def label_map_marks(files: Files, frame: Frame) -> Marks:
    """The objects of a map whose value is an object's number, or its colour; 0 is none's."""
    (data,) = files
    return Marks() if data is None else Marks(instances=tuple(_objects(read_values(data), frame)))


def mask_marks(files: Files, frame: Frame) -> Marks:
    """The connected pieces of a mask: what is not 0, or, in a cut-out, what is not see-through."""
    (data,) = files
    if data is None:
        return Marks()
    with _opened(data) as image:
        if image.mode in ("RGBA", "LA"):
            alpha = np.asarray(image.getchannel("A"))
            if alpha.min() < 128 <= alpha.max():
                return Marks(instances=separate(fitted(alpha >= 128, frame).astype(np.bool_)))
            image = image.convert("L")
        values = np.asarray(image)
    mask = np.asarray(values != 0 if values.ndim == 2 else values.any(axis=2))
    return Marks(instances=separate(fitted(mask, frame).astype(np.bool_)))


def read_values(data: bytes) -> npt.NDArray[np.int64]:
    """The values (height, width) of a map: palette indices, greys, or colours as 0xRRGGBB."""
    with _opened(data) as image:
        if image.mode in ("RGBA", "LA", "PA"):
            image = image.convert("RGB" if image.mode == "RGBA" else "L")
        values = np.asarray(image).astype(np.int64)
    if values.ndim == 3:
        values = (values[..., 0] << 16) | (values[..., 1] << 8) | values[..., 2]
    return values


def _objects(values: npt.NDArray[np.int64], frame: Frame) -> list[tuple[Mask, str | None]]:
    values = fitted(values, frame).astype(np.int64)
    numbers = np.unique(values)
    numbers = numbers[numbers != 0]
    if len(numbers) > MOST_OBJECTS:
        raise bad(f"the map has {len(numbers)} values; is it a photograph?")
    return [(np.asarray(values == number), None) for number in numbers]


def _opened(data: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise bad(f"the map has {image.width} by {image.height} pixels, which is too many")
        image.load()
    # Hostile bytes make a decoder raise nearly anything.
    except Exception as error:
        raise bad(f"the map is no {', '.join(_FORMATS)} file: {error}") from error
    return image
