"""Faces are found where there are some, with their eyes, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from schemas.picture import Pixels
from sources.faces import find_faces
from sources.packaged import PICTURES, packaged_bytes
from sources.reading import read_picture


def picture(name: str) -> Pixels:
    row = next(row for row in PICTURES if row.name == name)
    return read_picture(packaged_bytes(row))[0]


@pytest.mark.parametrize(
    ("name", "left_eye", "right_eye"),
    [("astronaut", (206, 105), (247, 107)), ("grace_hopper", (225, 193), (304, 189))],
)
def test_portraits_give_one_face_with_its_eyes(
    name: str, left_eye: tuple[int, int], right_eye: tuple[int, int]
) -> None:
    faces = find_faces(picture(name))
    assert len(faces) == 1
    x, y, width, height = faces[0].box
    for found, true in zip(faces[0].eyes, (left_eye, right_eye), strict=True):
        assert np.hypot(found[0] - true[0], found[1] - true[1]) < 0.08 * width
        assert x < found[0] < x + width
        assert y < found[1] < y + height / 2


@pytest.mark.parametrize("name", ["coffee", "chelsea", "rocket", "china", "coins", "brick"])
def test_pictures_without_faces_give_none(name: str) -> None:
    assert find_faces(picture(name)) == ()


def test_tiny_flat_and_read_only_pictures_give_none() -> None:
    for shape in ((1, 1, 3), (64, 64, 3), (30, 900, 3)):
        pixels = np.full(shape, 128, np.uint8)
        pixels.setflags(write=False)
        assert find_faces(pixels) == ()


def test_large_pictures_are_measured_in_their_own_pixels() -> None:
    once = find_faces(picture("astronaut"))[0]
    large = np.repeat(np.repeat(picture("astronaut"), 3, axis=0), 3, axis=1)
    thrice = find_faces(large)[0]
    np.testing.assert_allclose(np.array(thrice.box) / 3, once.box, atol=8)
    np.testing.assert_allclose(np.array(thrice.eyes) / 3, once.eyes, atol=5)


def test_two_faces_come_largest_first_and_always_alike() -> None:
    face = picture("astronaut")[:256, 100:356]
    pair = np.zeros((512, 800, 3), np.uint8)
    pair[100:356, 20:276] = face
    pair[:512, 288:800] = np.repeat(np.repeat(face, 2, axis=0), 2, axis=1)
    faces = find_faces(pair)
    assert len(faces) == 2
    assert faces[0].box[2] > 1.5 * faces[1].box[2]
    assert faces == find_faces(pair)


def test_faces_of_people_who_do_not_exist(shared_data: Path) -> None:
    for path in sorted((shared_data / "faces" / "synthetic").glob("*.png")):
        faces = find_faces(read_picture(path.read_bytes())[0])
        assert len(faces) == 1
        assert 600 < faces[0].box[2] < 750
