"""A warp by triangles brings landmarks onto landmarks and keeps to its promises at the edges."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from generators.face_geometry import alignment
from generators.faces.warp import by_similarity, by_triangles
from schemas.picture import Face, Pixels

DONOR = Face(
    (60, 50, 90, 100),
    ((85.0, 90.0), (125.0, 90.0)),
    ((105.0, 114.0), (90.0, 136.0), (120.0, 136.0)),
)
TARGET = Face(
    (60, 50, 90, 100),
    ((82.0, 94.0), (128.0, 92.0)),
    ((107.0, 115.0), (94.0, 145.0), (122.0, 142.0)),
)


def dotted(face: Face) -> Pixels:
    """Black, with a white dot on every landmark."""
    pixels = np.zeros((220, 220, 3), np.uint8)
    for x, y in (*face.eyes, *face.landmarks):
        cv2.circle(pixels, (round(x), round(y)), 2, (255, 255, 255), -1)
    return pixels


def test_landmarks_fall_on_landmarks() -> None:
    warped = by_triangles(dotted(DONOR), DONOR, TARGET, 220, 220)
    assert warped is not None
    grey = warped.pixels[..., 0]
    for x, y in (*TARGET.eyes, *TARGET.landmarks):
        assert grey[round(y), round(x)] > 120
    moved = by_similarity(dotted(DONOR), alignment(DONOR, TARGET), 220, 220)
    hits = [moved.pixels[round(y), round(x), 0] > 120 for x, y in TARGET.landmarks]
    assert not all(hits)


def test_a_face_warped_onto_itself_stays() -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (220, 220, 3), dtype=np.uint8)
    pixels = np.asarray(cv2.GaussianBlur(noise, (0, 0), 2), np.uint8)
    warped = by_triangles(pixels, DONOR, DONOR, 220, 220)
    assert warped is not None
    inside = warped.covered
    assert inside[60:140, 80:130].all()
    assert np.abs(warped.pixels[inside].astype(int) - pixels[inside]).max() <= 1


def test_covered_is_only_what_the_donors_picture_holds() -> None:
    pixels = np.full((120, 220, 3), 200, np.uint8)
    warped = by_triangles(pixels, DONOR, DONOR, 220, 220)
    assert warped is not None
    assert not warped.covered[121:].any()
    assert warped.covered[100, 105]


def sixty_eight(gap: float) -> Face:
    """68 landmarks on a frontal face, whose lips are `gap` px apart."""
    angle = np.linspace(np.pi, 0, 17)
    points = [(105 + 42 * np.cos(a), 95 + 62 * np.sin(a)) for a in angle]
    points += [(70 + 6 * i, 76 - (2 - abs(i - 2))) for i in range(5)]
    points += [(116 + 6 * i, 76 - (2 - abs(i - 2))) for i in range(5)]
    points += [(105, 88 + 8 * i) for i in range(4)]
    points += [(97 + 4 * i, 117 + (1 - abs(i - 2) / 2)) for i in range(5)]
    for centre in (85, 125):
        points += [(centre + 7 * np.cos(a), 90 - 3 * np.sin(a)) for a in np.arange(6) * np.pi / 3]
    ring = np.pi + np.arange(12) * np.pi / 6
    points += [(105 + 16 * np.cos(a), 136 + (7 + gap) * np.sin(a)) for a in ring]
    ring = np.pi + np.arange(8) * np.pi / 4
    points += [(105 + 12 * np.cos(a), 136 + gap * np.sin(a)) for a in ring]
    marks = tuple((float(x), float(y)) for x, y in points)
    return replace(DONOR, landmarks=marks)


@pytest.mark.parametrize(("donor", "target"), [(0.0, 6.0), (6.0, 0.0), (-1.5, 2.0), (2.0, 2.0)])
def test_lips_that_open_or_close_do_not_fold_the_face(donor: float, target: float) -> None:
    pixels = np.full((220, 220, 3), 200, np.uint8)
    warped = by_triangles(pixels, sixty_eight(donor), sixty_eight(target), 220, 220)
    assert warped is not None
    assert warped.covered[60:150, 80:130].all()
    assert (warped.pixels[warped.covered] == 200).all()


def test_faces_with_other_landmarks_have_no_triangulation() -> None:
    pixels = np.zeros((220, 220, 3), np.uint8)
    assert by_triangles(pixels, replace(DONOR, landmarks=()), TARGET, 220, 220) is None
    assert by_triangles(pixels, DONOR, sixty_eight(2.0), 220, 220) is None
    heap = replace(DONOR, landmarks=((85.0, 90.0),) * 3)
    by_triangles(pixels, heap, TARGET, 220, 220)  # Whatever it is, it is no crash.
