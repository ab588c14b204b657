"""Where a face lies: eyes are brought onto eyes, and the oval covers the face."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from generators.face_geometry import (
    above,
    alignment,
    camera,
    eye_distance,
    face_mask,
    five_points,
    similarity,
)
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


MARKED = replace(FACE, landmarks=((125.0, 136.0), (109.0, 159.0), (142.0, 159.0)))


@given(coordinates, coordinates, st.floats(0.3, 3), st.floats(-3, 3))
def test_a_similarity_is_found_again(x: float, y: float, scale: float, turn: float) -> None:
    points = five_points(MARKED)
    assert points is not None
    c, s = scale * np.cos(turn), scale * np.sin(turn)
    matrix = np.array([[c, -s, x], [s, c, y]])
    onto = np.column_stack([points, np.ones(5)]) @ matrix.T
    assert np.allclose(similarity(points, onto), matrix, atol=1e-6)


def test_68_landmarks_hold_the_five() -> None:
    marks = [(float(i), float(2 * i)) for i in range(68)]
    points = five_points(replace(FACE, landmarks=tuple(marks)))
    assert points is not None
    assert points[2:].tolist() == [[30, 60], [48, 96], [54, 108]]
    assert five_points(FACE) is None


def test_the_oval_of_a_turned_face_leaves_the_side_it_turns_to() -> None:
    still = np.zeros(3)
    straight = face_mask(MARKED, 256, 256, wobble=still)
    nose = (MARKED.landmarks[0][0] + 9.0, MARKED.landmarks[0][1])
    turned = face_mask(
        replace(MARKED, landmarks=(nose, *MARKED.landmarks[1:])), 256, 256, wobble=still
    )
    columns = np.arange(256)
    middle = [float((mask.sum(axis=0) * columns).sum() / mask.sum()) for mask in (straight, turned)]
    assert middle[1] < middle[0] - 1.0


def test_landmarks_that_make_no_sense_leave_the_frontal_face() -> None:
    folded = replace(FACE, landmarks=((125.0, 90.0), (142.0, 60.0), (109.0, 60.0)))
    assert np.allclose(camera(folded), camera(FACE))


def test_above_is_told_along_the_face() -> None:
    higher = above(FACE, 256, 256, 0.5)
    assert higher[85, 125]
    assert not higher[100, 125]
    lying = replace(FACE, eyes=((125.0, 92.0), (125.0, 133.0)))
    assert above(lying, 256, 256, 0.5)[112, 160]
    assert not above(lying, 256, 256, 0.5)[112, 90]
