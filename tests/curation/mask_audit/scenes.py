"""Pictures of a disc on a quiet ground, with masks on the disc or anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from curation.mask_audit.pictures import MaskedPicture

SIDE = 96


def scenes(count: int, where: str, operation: str = "splice", **facts: Any) -> list[MaskedPicture]:
    """`count` pictures whose mask is on the disc ("disc"), away from it ("off"), or "any"where."""
    return list(_scenes(count, where, operation, facts))


def _scenes(
    count: int, where: str, operation: str, facts: dict[str, Any]
) -> Iterator[MaskedPicture]:
    rng = np.random.default_rng([count, len(where), len(operation)])
    for number in range(count):
        ground = np.linspace(90, 130, SIDE)[:, None, None] + rng.normal(0, 3, (SIDE, SIDE, 3))
        pixels = np.clip(ground, 0, 255).astype(np.uint8)
        right = bool(rng.integers(2))
        centre = ((70 if right else 26), int(rng.integers(26, 70)))
        disc = np.zeros((SIDE, SIDE), np.uint8)
        cv2.circle(disc, centre, 20, 1, -1)
        pixels[disc > 0] = (200, 40, 30)
        mask = disc > 0
        if where != "disc":
            left, top = rng.integers(0, SIDE - 26, 2)
            if where == "off":
                left = rng.integers(4, 18) + (0 if right else 48)
            mask = np.zeros((SIDE, SIDE), np.bool_)
            mask[top : top + 26, left : left + 26] = True
        yield MaskedPicture(
            key=f"{operation}-{where}-{number}",
            group=f"group {number // 2}",
            pixels=pixels,
            operation=operation,
            **{"requested": mask, "applied": mask, "observed": mask, **facts},
        )
