"""Makes of a picture what a vision model expects, as its own `preprocessor_config.json` says.

With Pillow and NumPy alone: the processors of transformers want torchvision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from schemas.errors import StorageError
from schemas.picture import Pixels

_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_CLIP = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a picture is resized, cut and scaled.

    `shortest`: pixels of the shorter side after resizing; None where it is stretched to `size`.
    `size`: (height, width) that the model sees, cut from the middle. `mean` and `deviation` of each
    colour, for values in 0..1.
    """

    shortest: int | None
    size: tuple[int, int]
    resample: Image.Resampling
    scale: float
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @classmethod
    def of(cls, config: Mapping[str, Any], model_type: str, image_size: int) -> Preprocessing:
        """What a `preprocessor_config.json` says; what it leaves open is usual of the model.

        `model_type` is the word of the model's own config, `image_size` the side it was trained on.
        Raises `StorageError` where the config says what is not understood.
        """
        clip = "clip" in model_type or "siglip" in model_type
        mean, deviation = _CLIP if clip else _IMAGENET
        whole = _sides(config.get("size", image_size))
        if not config.get("do_resize", True):
            raise StorageError("the checkpoint does not resize pictures; choose one that does")
        shortest = None
        if isinstance(whole, int):
            shortest = whole
            whole = (whole, whole)
        size = whole
        if shortest is not None and config.get("do_center_crop", True):
            cut = _sides(config.get("crop_size", min(shortest, image_size)))
            size = (cut, cut) if isinstance(cut, int) else cut
        elif shortest is not None:
            shortest = None  # Batches want one size, so what is not cut is stretched.
        return cls(
            shortest,
            size,
            Image.Resampling(config.get("resample", Image.Resampling.BICUBIC)),
            float(config.get("rescale_factor", 1 / 255)),
            tuple(config.get("image_mean") or mean),
            tuple(config.get("image_std") or deviation),
        )

    def apply(self, pixels: Pixels) -> npt.NDArray[np.float32]:
        """RGB uint8 (height, width, 3) as float32 (3, *size)."""
        image = Image.fromarray(np.ascontiguousarray(pixels))
        height, width = self.size
        if self.shortest is None:
            image = image.resize((width, height), self.resample)
        else:
            ratio = self.shortest / min(image.size)
            wide, high = (max(self.shortest, round(side * ratio)) for side in image.size)
            # A cut that is larger than what is resized stretches it, where others lay it on black.
            wide, high = max(wide, width), max(high, height)
            image = image.resize((wide, high), self.resample)
            left, top = (wide - width) // 2, (high - height) // 2
            image = image.crop((left, top, left + width, top + height))
        values = np.asarray(image, np.float32) * np.float32(self.scale)
        mean, deviation = (np.array(some, np.float32) for some in (self.mean, self.deviation))
        return np.ascontiguousarray(((values - mean) / deviation).transpose(2, 0, 1), np.float32)


def _sides(said: object) -> int | tuple[int, int]:
    """A `size` as the shorter side, or as (height, width)."""
    if isinstance(said, int):
        return said
    if isinstance(said, Mapping):
        if "shortest_edge" in said:
            return int(said["shortest_edge"])
        if "height" in said and "width" in said:
            return int(said["height"]), int(said["width"])
    raise StorageError(f"the checkpoint resizes pictures to {said!r}, which is not understood")
