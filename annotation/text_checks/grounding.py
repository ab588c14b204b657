"""Whether the place that a rater points at is where the picture was changed."""

from __future__ import annotations

from schemas.annotation import Region
from schemas.region_words import bounding_region
from storage.masks import decode_mask


def observed_box(mask: bytes) -> Region | None:
    """The box of an observed mask (one-bit PNG); None for an empty one."""
    pixels = decode_mask(mask)
    return bounding_region(pixels) if pixels.any() else None


def overlap(one: Region, other: Region) -> float:
    """Intersection over union of two boxes, 0..1."""
    shared = _area(
        max(one.x0, other.x0), max(one.y0, other.y0), min(one.x1, other.x1), min(one.y1, other.y1)
    )
    both = sum(_area(box.x0, box.y0, box.x1, box.y1) for box in (one, other))
    return shared / (both - shared) if both > shared else 0.0


def _area(x0: float, y0: float, x1: float, y1: float) -> float:
    return max(0.0, x1 - x0) * max(0.0, y1 - y0)
