"""Synthetic pictures and regions for the annotation tests."""

from __future__ import annotations

import cv2
import numpy as np

from schemas.annotation import Annotation
from schemas.picture import Mask, Pixels
from schemas.vocabulary import Mode, RaterKind, Verdict


def texture(seed: int = 0, side: int = 192, noise: float = 4.0, detail: float = 14.0) -> Pixels:
    """A smooth, coloured, textured and noisy picture without edges or repetition."""
    rng = np.random.default_rng(seed)
    planes = []
    for level in (110.0, 125.0, 140.0):
        coarse = cv2.GaussianBlur(rng.normal(0, 1, (side, side)), (0, 0), 6.0)
        fine = cv2.GaussianBlur(rng.normal(0, 1, (side, side)), (0, 0), 1.2)
        plane = level + detail * (coarse / coarse.std() + 0.6 * fine / fine.std())
        planes.append(plane + rng.normal(0, noise, (side, side)))
    pixels = np.clip(np.rint(np.stack(planes, axis=2)), 0, 255)
    return np.asarray(pixels, dtype=np.uint8)


def disc(side: int = 192, radius: int = 32, row: int = 96, column: int = 96) -> Mask:
    """A disc."""
    rows, columns = np.mgrid[0:side, 0:side]
    return np.asarray((rows - row) ** 2 + (columns - column) ** 2 <= radius**2, dtype=np.bool_)


def replaced(pixels: Pixels, region: Mask, content: Pixels) -> Pixels:
    """`pixels` with `content` inside of `region`."""
    return np.asarray(np.where(region[..., None], content, pixels), dtype=np.uint8)


def row(
    attribute: str,
    verdict: Verdict,
    rationale: str = "A remark.",
    *,
    rater: str = "measured",
    kind: RaterKind = RaterKind.MEASURED,
) -> Annotation:
    """A row of annotation of the one sample "s"."""
    return Annotation(
        annotation_id=f"{rater}-{attribute}",
        sample_id="s",
        rater=rater,
        rater_kind=kind,
        rater_version="1",
        mode=Mode.BLIND,
        attribute=attribute,
        verdict=verdict,
        rationale=rationale,
    )
