"""Face swap and self-blending: over the eyes, exact outside, told where there is no face."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import data

from generators.face_geometry import alignment, eye_distance, face_mask
from generators.registry import create
from schemas.job import Forgery, Rejection
from schemas.picture import Face, Picture, Pixels
from schemas.vocabulary import Domain
from tests.generators.pictures import make_job, make_picture, noise

ASTRONAUT: Pixels = np.asarray(data.astronaut())  # type: ignore[no-untyped-call]
FACE = Face((170, 65, 110, 115), ((205.0, 112.0), (246.0, 112.0)))


def person() -> Picture:
    return make_picture(ASTRONAUT[:256, 100:356], domain=Domain.DEEPFAKE, faces=[moved()])


def moved() -> Face:
    (ax, ay), (bx, by) = FACE.eyes
    x, y, w, h = FACE.box
    return Face((x - 100, y, w, h), ((ax - 100, ay), (bx - 100, by)))


def other() -> Picture:
    mirrored = np.ascontiguousarray(ASTRONAUT[:200, 80:340][:, ::-1])
    eyes = ((340.0 - 246.0, 112.0), (340.0 - 205.0, 112.0))
    return make_picture(mirrored, domain=Domain.DEEPFAKE, faces=[Face((60, 65, 110, 115), eyes)])


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
    mask = face_mask(moved(), 256, 256, wobble=np.zeros(3))
    (ax, ay), (bx, by) = moved().eyes
    middle = (ax + bx) / 2
    for x, y in ((ax, ay), (bx, by), (middle, ay + eye_distance(moved()) * 1.2)):
        assert mask[round(y), round(x)]
    assert 0.03 < mask.mean() < 0.4


@pytest.mark.parametrize("name", ["face_blend", "face_swap"])
def test_only_the_face_changes_and_it_does(name: str) -> None:
    source = person()
    for seed in range(4):
        job = make_job(source, name, seed=seed, second=other())
        (answer,) = create(name).forge([job])
        assert isinstance(answer, Forgery)
        assert answer.applied is not None
        outside = ~answer.applied
        assert np.array_equal(answer.image[outside], source.pixels[outside])
        difference = np.abs(answer.image.astype(int) - source.pixels)[answer.applied].mean()
        assert difference > 0.8
        assert 0.02 < answer.applied.mean() < 0.6


@pytest.mark.parametrize("name", ["face_blend", "face_swap"])
def test_a_picture_without_a_usable_face_is_refused(name: str) -> None:
    tiny = Face((10, 10, 12, 12), ((12.0, 14.0), (18.0, 14.0)))
    for faces, reason in (((), "no_face"), ((tiny,), "face_too_small")):
        picture = make_picture(noise(64, 64), domain=Domain.DEEPFAKE, faces=faces)
        (answer,) = create(name).forge([make_job(picture, name, second=other())])
        assert isinstance(answer, Rejection)
        assert answer.reason == reason


def test_a_swap_with_itself_or_a_much_smaller_face_is_refused() -> None:
    source = person()
    (same,) = create("face_swap").forge([make_job(source, "face_swap", second=source)])
    assert isinstance(same, Rejection)
    assert same.reason == "same_picture"
    small = make_picture(
        noise(64, 64),
        domain=Domain.DEEPFAKE,
        faces=[Face((10, 10, 30, 30), ((20.0, 20.0), (35.0, 20.0)))],
    )
    job = make_job(source, "face_swap", second=small)
    (answer,) = create("face_swap", {"max_scale": 2}).forge([job])
    assert isinstance(answer, Rejection)
    assert answer.reason == "donor_too_small"
