"""Objects that are marked in a picture, each with a mask of its own."""

from __future__ import annotations

import cv2
import numpy as np

from schemas.picture import Mask


def separate(mask: Mask, label: str | None = None) -> tuple[tuple[Mask, str | None], ...]:
    """The connected pieces of a mask, largest first: each is taken for an object called `label`."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8
    )
    order = sorted(range(1, count), key=lambda piece: (-int(stats[piece, cv2.CC_STAT_AREA]), piece))
    return tuple((np.asarray(labels == piece), label) for piece in order)
