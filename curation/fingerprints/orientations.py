"""The fingerprints of a picture in all eight orientations, from one transform.

Turning or mirroring a picture turns or mirrors its thumbnail, which swaps and negates frequencies
of its transform; only the median is taken anew.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from curation.fingerprints.phash import coefficients, threshold
from curation.fingerprints.thumbnails import Grey, thumbnail
from schemas.picture import Pixels

ORIENTATIONS = (
    "upright",
    "turned left",
    "upside down",
    "turned right",
    "mirrored",
    "mirrored, turned left",
    "mirrored, upside down",
    "mirrored, turned right",
)
"""What was done to a picture to show it so: `np.rot90` k times, for the last four after a mirror.

The mirror swaps left and right. The k-th from the fifth on is k - 4 turns after it; so the first is
the picture as it is.
"""


def orientations(pixels: Pixels) -> tuple[int, ...]:
    """The pHashes of RGB uint8 (height, width, 3) in the order of `ORIENTATIONS`.

    The first is `fingerprint(pixels)`; the others are within two bits of the fingerprints of the
    picture really turned and mirrored.
    """
    return tuple(orientation_fingerprints(thumbnail(pixels)[None])[0].tolist())


def orientation_fingerprints(thumbnails: Grey) -> npt.NDArray[np.uint64]:
    """The pHashes, uint64 (n, 8), of thumbnails, uint8 (n, 32, 32), in all orientations."""
    upright = coefficients(thumbnails)
    odd = np.where(np.arange(upright.shape[-1]) % 2, -1.0, 1.0)
    mirrored = upright * odd
    turned = [upright, mirrored]
    for shown in (upright, mirrored):
        for _ in range(3):
            shown = np.swapaxes(shown, -1, -2) * odd[:, None]
            turned.append(shown)
    order = (0, 2, 3, 4, 1, 5, 6, 7)
    return threshold(np.stack([turned[place] for place in order], axis=1))
