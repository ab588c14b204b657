"""Crops keep their limits, their grid and their distance, whatever the picture's size."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schemas.picture import Face
from schemas.recipe.sources import Crops
from sources.crops import FACE_MARGIN, GRID, MIN_FACE_CHANGE, plan_crops
from sources.crops import plan_face_crops as plan_faces

sizes = st.integers(64, 1600)
limits = st.tuples(st.integers(64, 500), st.integers(0, 200), st.integers(1, 14)).map(
    lambda t: Crops(min_side=t[0], max_side=t[0] + t[1], per_picture=t[2])
)


@settings(max_examples=80, deadline=None)
@given(width=sizes, height=sizes, crops=limits, seed=st.integers(0, 2**62))
def test_every_crop_keeps_the_limits(width: int, height: int, crops: Crops, seed: int) -> None:
    planned = plan_crops(width, height, crops, seed)
    assert bool(planned) == (min(width, height) >= crops.min_side)
    assert len(planned) <= crops.per_picture
    assert len(set(planned)) == len(planned)
    for left, top, w, h in planned:
        assert 0 <= left <= left + w <= width
        assert 0 <= top <= top + h <= height
        assert crops.min_side <= min(w, h) <= max(w, h) <= crops.max_side
        assert left % GRID == top % GRID == 0
    for a, b in combinations(planned, 2):
        shared_x = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
        shared_y = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
        shared = max(0, shared_x) * max(0, shared_y)
        assert shared <= crops.max_overlap * min(a[2] * a[3], b[2] * b[3])


def test_the_same_arguments_give_the_same_crops_and_another_seed_others() -> None:
    first = plan_crops(1000, 800, Crops(), 5)
    assert first == plan_crops(1000, 800, Crops(), 5)
    assert first != plan_crops(1000, 800, Crops(), 6)


def test_a_large_picture_gives_all_its_crops_in_varied_shapes() -> None:
    planned = plan_crops(1600, 1200, Crops(), 1)
    assert len(planned) == 12
    shapes = {round(np.log2(w / h) * 4) for _, _, w, h in planned}
    assert shapes >= {-2, 0, 2}
    assert len({w for _, _, w, _ in planned}) >= 6
    assert all(w % GRID == h % GRID == 0 for _, _, w, h in planned)


def test_a_picture_of_the_least_size_is_taken_whole() -> None:
    assert plan_crops(256, 256, Crops(), 3) == ((0, 0, 256, 256),)
    assert plan_crops(255, 900, Crops(), 3) == ()


@settings(max_examples=80, deadline=None)
@given(
    width=st.integers(200, 900),
    height=st.integers(200, 900),
    place=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    side=st.integers(64, 300),
    crops=limits,
    seed=st.integers(0, 2**62),
)
def test_crops_around_a_face_hold_it_with_a_margin_and_differ(
    width: int, height: int, place: tuple[float, float], side: int, crops: Crops, seed: int
) -> None:
    assume(side <= min(width, height))
    x, y = round(place[0] * (width - side)), round(place[1] * (height - side))
    planned = plan_faces(width, height, [Face((x, y, side, side), ((x, y), (x, y)))], crops, seed)
    assert len(planned) <= crops.per_picture
    margin = FACE_MARGIN * side
    for left, top, w, h in planned:
        assert left % GRID == top % GRID == 0
        assert crops.min_side <= min(w, h) <= max(w, h) <= crops.max_side
        assert 0 <= left <= max(0, x - margin)
        assert min(width, x + side + margin) <= left + w <= width
        assert 0 <= top <= max(0, y - margin)
        assert min(height, y + side + margin) <= top + h <= height
    for a, b in combinations(planned, 2):
        scale_a, scale_b = np.sqrt(a[2] * a[3]), np.sqrt(b[2] * b[3])
        moved = max(abs(a[i] + a[i + 2] / 2 - b[i] - b[i + 2] / 2) for i in (0, 1))
        moved /= np.sqrt(scale_a * scale_b)
        assert max(moved, abs(np.log(scale_a / scale_b))) >= MIN_FACE_CHANGE - 1e-9


def test_a_face_in_the_middle_gives_many_crops_and_one_too_large_gives_none() -> None:
    middle = Face((200, 200, 120, 120), ((230, 240), (290, 240)))
    assert len(plan_faces(512, 512, [middle], Crops(), 0)) >= 10
    large = Face((100, 100, 400, 400), ((200, 230), (400, 230)))
    assert plan_faces(640, 640, [large], Crops(), 0) == ()
    assert plan_faces(512, 512, [], Crops(), 0) == ()


def test_every_face_of_a_group_gets_crops() -> None:
    faces = [Face((x, 300, 90, 90), ((x, 330), (x + 60, 330))) for x in (60, 500, 1000)]
    planned = plan_faces(1200, 700, faces, Crops(per_picture=12), 2)
    for face in faces:
        x = face.box[0]
        assert any(left <= x and x + 90 <= left + w for left, _, w, _ in planned)


@pytest.mark.parametrize("side", [300, 301, 303])
def test_limits_between_two_grid_sides_still_give_crops(side: int) -> None:
    planned = plan_crops(640, 640, Crops(min_side=side, max_side=side), 0)
    assert planned
    assert all((w, h) == (side, side) for _, _, w, h in planned)
