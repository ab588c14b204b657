"""Aligned crops: eyes where networks want them, and pasting that changes its own place alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from generators.faces.aligned_crop import aligned_crop, crop_transform, paste_back
from schemas.picture import Face
from tests.generators.pictures import photograph

FACE = Face((70, 65, 110, 115), ((105.0, 112.0), (146.0, 112.0)))
MARKED = replace(FACE, landmarks=((125.0, 136.0), (109.0, 159.0), (142.0, 159.0)))


@pytest.mark.parametrize("face", [FACE, MARKED])
def test_crops_hold_the_eyes_where_the_networks_want_them(face: Face) -> None:
    for side, left, right in (
        (112, (38.2946, 51.6963), (73.5318, 51.5014)),
        (128, (46.2946, 51.6963), (81.5318, 51.5014)),
        (256, (92.5892, 103.3926), (163.0636, 103.0028)),
    ):
        matrix = crop_transform(face, side)
        for eye, place in zip(face.eyes, (left, right), strict=True):
            away = np.hypot(*(matrix @ [*eye, 1.0] - place))
            assert away < (1e-6 if face is FACE else 0.06 * side)


def test_what_is_pasted_back_unchanged_is_nearly_the_picture() -> None:
    pixels = photograph("astronaut", 512)[:256, 100:356]
    crop, matrix = aligned_crop(pixels, FACE, 128)
    image, applied = paste_back(pixels, crop, matrix, None, 0.04)
    assert 0.1 < applied.mean() < 0.6
    assert np.array_equal(image[~applied], pixels[~applied])
    assert np.abs(image[applied].astype(int) - pixels[applied]).mean() < 3


def test_the_edge_of_a_crop_is_feathered_and_an_oval_limits_it() -> None:
    target, crop = np.zeros((200, 200, 3), np.uint8), np.full((128, 128, 3), 200, np.uint8)
    matrix = np.array([[1.0, 0.0, -30.0], [0.0, 1.0, -30.0]])
    image, applied = paste_back(target, crop, matrix, None, 0.04)
    assert image[94, 94, 0] == 200
    assert len(np.unique(image[94, 30:60])) > 5
    assert applied[94, 45]
    assert not applied[94, 30]
    oval = np.zeros((200, 200), np.bool_)
    oval[80:110, 80:110] = True
    image, applied = paste_back(target, crop, matrix, oval, 0.04)
    assert applied[95, 95]
    assert not applied[60, 60]
    assert (image[~applied] == 0).all()
