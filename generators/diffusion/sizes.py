"""The working size of a model, and a picture's way into it and back, without squeezing it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from schemas.picture import Mask, Pixels

LEAST = 64
"""Shortest side a model is given, px: some networks fail on less."""


@dataclass(frozen=True, slots=True)
class Frame:
    """How a picture lies in the working picture of a model. All sizes are (width, height), px.

    It is scaled to `scaled`, then padded to `working` by its mirror image, right and below.
    """

    source: tuple[int, int]
    scaled: tuple[int, int]
    working: tuple[int, int]

    def put(self, pixels: Pixels) -> Pixels:
        """The working picture of a picture of the source's size."""
        if self.scaled != self.source:
            pixels = _scaled(pixels, self.scaled)
        return np.pad(pixels, (*self._margins, (0, 0)), mode="symmetric")

    def back(self, pixels: Pixels) -> Pixels:
        """A picture of the working size, cropped and scaled to the source's."""
        width, height = self.scaled
        cropped = np.ascontiguousarray(pixels[:height, :width])
        return cropped if self.scaled == self.source else _scaled(cropped, self.source)

    def put_mask(self, mask: Mask) -> Mask:
        """The working mask: True wherever a part of the mask has come to lie."""
        return np.pad(_touched(mask, self.scaled), self._margins, mode="symmetric")

    def mask_back(self, mask: Mask) -> Mask:
        """A working mask at the source's size: True wherever a part of it has come to lie."""
        width, height = self.scaled
        return _touched(mask[:height, :width], self.source)

    @property
    def _margins(self) -> tuple[tuple[int, int], tuple[int, int]]:
        (width, height), (full_width, full_height) = self.scaled, self.working
        return (0, full_height - height), (0, full_width - width)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to the size, in sentences."""
        told = []
        if self.scaled != self.source:
            told.append(
                f"the picture was scaled from {_by(self.source)} to {_by(self.scaled)} for the "
                "model and back afterwards"
            )
        if self.working != self.scaled:
            told.append(
                f"the picture was padded by reflection from {_by(self.scaled)} to "
                f"{_by(self.working)} for the model and cropped afterwards"
            )
        return tuple(told)


def frame_for(source: tuple[int, int], size: str, native: tuple[int, int], multiple: int) -> Frame:
    """Where a picture of the size `source` lies under the option `size`.

    `native` is the size whose area the model was trained for; sides become multiples of
    `multiple`, and at least `LEAST`.
    """
    width, height = source
    if size == "source":
        scaled = source
        box = source
    elif size == "native":
        scale = (native[0] * native[1] / (width * height)) ** 0.5
        scaled = box = times(source, scale)
    else:
        box = asked(size)
        scaled = times(source, min(box[0] / width, box[1] / height))
    working = fitting(box, multiple)
    return Frame(source, scaled, working)


def fitting(size: tuple[int, int], multiple: int) -> tuple[int, int]:
    """The next larger size whose sides are multiples of `multiple`, and no shorter than `LEAST`."""
    width, height = (-(-max(side, LEAST) // multiple) * multiple for side in size)
    return width, height


def asked(size: str) -> tuple[int, int]:
    """The (width, height) that WIDTHxHEIGHT names."""
    width, height = size.split("x")
    return int(width), int(height)


def times(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """A size scaled, each side at least 1 px."""
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _scaled(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    smaller = size[0] * size[1] < pixels.shape[0] * pixels.shape[1]
    way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=way), np.uint8)


def _touched(mask: Mask, size: tuple[int, int]) -> Mask:
    if (mask.shape[1], mask.shape[0]) == size:
        return mask.copy()
    way = cv2.INTER_AREA if size[0] * size[1] < mask.size else cv2.INTER_LINEAR
    resized = cv2.resize(mask.astype(np.float32), size, interpolation=way)
    return np.asarray(resized > 0, np.bool_)


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
