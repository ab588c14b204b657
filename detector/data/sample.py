"""One row on its way to the model: light values at hand, pictures decoded when looked at."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from PIL import Image

from schemas.errors import StorageError
from schemas.picture import Mask, Pixels
from storage.codecs import decode, rgb
from storage.masks import decode_mask

Decoder = Literal["pillow", "opencv"]


@dataclass(frozen=True, slots=True)
class Sample:
    """A row: its number in the rows, its light values by column, encoded pictures by column."""

    row: int
    values: dict[str, Any]
    encoded: dict[str, bytes | None]

    def image(
        self, at_least: int | None = None, column: str = "image", by: Decoder = "pillow"
    ) -> Pixels:
        """The picture, RGB uint8 (height, width, 3), possibly read-only.

        `at_least`: a shorter side, in pixels, that is enough; a JPEG is then decoded at 1/2, 1/4
        or 1/8 of its size (by Pillow), which costs a fraction and loses the finest traces. None
        decodes every pixel. Pillow and OpenCV may differ by a few levels: keep to one.
        """
        data = self.encoded[column]
        if data is None:
            raise StorageError(f"{self._name()} has no {column}")
        if by == "opencv":
            return self._opencv(data)
        return decode(data) if at_least is None else self._scaled(data, at_least)

    def mask(self, column: str = "mask_applied") -> Mask | None:
        """The mask, bool (height, width); None where the row has none."""
        data = self.encoded[column]
        return None if data is None else decode_mask(data)

    def _name(self) -> str:
        return str(self.values.get("sample_id", f"row {self.row}"))

    def _opencv(self, data: bytes) -> Pixels:
        flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        if pixels is None:
            raise StorageError(f"the picture of {self._name()} could not be decoded")
        return pixels.astype(np.uint8, copy=False)

    def _scaled(self, data: bytes, at_least: int) -> Pixels:
        try:
            with Image.open(io.BytesIO(data)) as image:
                width, height = image.size
                scale = at_least / min(width, height)
                image.draft("RGB", (int(np.ceil(width * scale)), int(np.ceil(height * scale))))
                return rgb(image)
        except (OSError, SyntaxError, ValueError) as error:
            raise StorageError(
                f"the picture of {self._name()} could not be decoded: {error}"
            ) from error


Transform = Callable[[Sample, np.random.Generator], Any]
"""What a sample becomes: decoding, augmentation, preprocessing; randomness from the generator."""
