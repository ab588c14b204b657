"""Where a face lies: eyes are brought onto eyes, and the oval covers the face."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from generators.face_geometry import alignment, eye_distance, face_mask
from schemas.picture import Face

FACE = Face((70, 65, 110, 115), ((105.0, 112.0), (146.0, 112.0)))
coordinates = st.floats(-200, 200)


@given(coordinates, coordinates, coordinates, coordinates, st.floats(20, 80), st.floats(-1, 1))
def test_alignment_brings_eyes_onto_eyes(
    x: float, y: float, tx: float, ty: float, distance: float, turn: float
) -> None:
    donor = Face((0, 0, 1, 1), ((x, y), (x + 30, y + 5)))
    step = (distance * np.cos(turn), distance * np.sin(turn))
    target = Face((0, 0, 1, 1), ((tx, ty), (tx + step[0], ty + step[1])))
    matrix = alignment(donor, target)
    for before, after in zip(donor.eyes, target.eyes, strict=True):
        assert np.allclose(matrix @ [*before, 1.0], after, atol=1e-6)


def test_a_face_mask_covers_eyes_nose_and_mouth_but_not_the_picture() -> None:
    mask = face_mask(FACE, 256, 256, wobble=np.zeros(3))
    (ax, ay), (bx, by) = FACE.eyes
    middle = (ax + bx) / 2
    for x, y in ((ax, ay), (bx, by), (middle, ay + eye_distance(FACE) * 1.2)):
        assert mask[round(y), round(x)]
    assert 0.03 < mask.mean() < 0.4
