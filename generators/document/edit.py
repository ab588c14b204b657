"""What an edit hands back, and how edited pixels return to the page exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from generators.contract import CannotForge
from generators.document.geometry import Array, Window
from generators.document.reading import Reading
from schemas.picture import Mask, Pixels


@dataclass(frozen=True, slots=True)
class Edit:
    """An edited page (uint8 RGB), its masks (bool, the page's size) and what was done to it."""

    image: Pixels
    requested: Mask
    applied: Mask
    parameters: dict[str, Any] = field(default_factory=dict)


def put_back(page: Pixels, window: Window, pixels: Array, applied: Mask) -> tuple[Pixels, Mask]:
    """`page` with the window's `pixels` where `applied`, and that mask at the page's size.

    Raises `CannotForge` where nothing worth the name of an edit would change.
    """
    image = page.copy()
    part = image[window.slices]
    before = part.astype(np.int16)
    part[applied] = np.clip(np.rint(pixels[applied]), 0, 255).astype(np.uint8)
    if int(np.abs(part - before).max(initial=0)) < 12:
        raise CannotForge("no_change", "an edit would hardly change the picture")
    whole = np.zeros(page.shape[:2], dtype=np.bool_)
    whole[window.slices] = applied
    return image, whole


def whole_mask(shape: tuple[int, ...], window: Window, part: Mask) -> Mask:
    """A window's mask at the page's size."""
    whole = np.zeros(shape[:2], dtype=np.bool_)
    whole[window.slices] = part
    return whole


def measured(reading: Reading) -> dict[str, Any]:
    """What was measured of a word's surroundings, for the record."""
    return {
        "quad": [[round(float(x), 2), round(float(y), 2)] for x, y in reading.frame.corners()],
        "ink_rgb": [round(float(value)) for value in reading.ink],
        "noise_sigma": round(reading.noise, 3),
        "contrast": round(reading.contrast, 2),
    }
