"""The eight fingerprints are those of the picture really turned and mirrored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from curation.fingerprints.orientations import (
    ORIENTATIONS,
    orientation_fingerprints,
    orientations,
)
from curation.fingerprints.phash import fingerprint, fingerprints
from curation.fingerprints.thumbnails import thumbnail
from schemas.picture import Pixels


def photograph(name: str) -> Pixels:
    pixels: Pixels = getattr(data, name)()
    return pixels


def shown_so(pixels: Pixels, index: int) -> Pixels:
    """A picture as `ORIENTATIONS` says of `index`."""
    return np.rot90(pixels[:, ::-1] if index >= 4 else pixels, index % 4)


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket"])
def test_they_are_those_of_the_turned_picture(name: str) -> None:
    pixels: Pixels = photograph(name)
    found = orientations(pixels)
    assert len(found) == len(ORIENTATIONS) == len(set(found)) == 8
    assert found[0] == fingerprint(pixels)
    for index in range(8):
        assert (found[index] ^ fingerprint(shown_so(pixels, index))).bit_count() <= 2


def test_photographs(shared_data: Path) -> None:
    apart = []
    for path in sorted((shared_data / "photos").iterdir())[::12]:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
        found = orientations(pixels)
        apart += [
            (found[index] ^ fingerprint(shown_so(pixels, index))).bit_count() for index in range(8)
        ]
    assert np.mean(np.less_equal(apart, 2)) >= 0.98
    assert np.mean(np.equal(apart, 0)) >= 0.9


def test_of_thumbnails_they_are_exact() -> None:
    small = np.stack([thumbnail(photograph(name)) for name in ("coffee", "rocket")])
    found = orientation_fingerprints(small)
    assert found.shape == (2, 8)
    assert found.dtype == np.uint64
    for index in range(8):
        turned = np.stack([shown_so(one, index) for one in small])
        assert found[:, index].tolist() == fingerprints(turned).tolist()


def test_the_names_say_what_was_done() -> None:
    left = ORIENTATIONS.index("turned left")
    pixels = photograph("coffee")
    turned = np.asarray(Image.fromarray(pixels).transpose(Image.Transpose.ROTATE_90))
    assert (orientations(pixels)[left] ^ fingerprint(turned)).bit_count() <= 2
