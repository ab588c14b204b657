"""Face swap: the promises hold for any seed and any place of the faces, and hair stays behind."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.face_geometry import face_mask
from generators.faces.complexion import skin_mask
from generators.registry import create
from schemas.job import Forgery, Rejection
from schemas.picture import Face, Picture, Pixels
from schemas.vocabulary import Domain
from tests.generators.pictures import make_job, make_picture

BOTH = pytest.mark.parametrize("name", ["face_swap", "face_blend"])
SKIN, HAIR, SKY = (205, 160, 140), (40, 30, 28), (120, 160, 220)


def drawn_face(eye_y: float = 80.0, centre_x: float = 80.0, seed: int = 0) -> tuple[Pixels, Face]:
    """A cartoon portrait, 160 by 160: hair, an oval of noisy skin, two eyes, a mouth."""
    rng = np.random.default_rng(seed)
    picture = np.full((160, 160, 3), SKY, np.uint8)
    x, y = round(centre_x), round(eye_y)
    cv2.ellipse(picture, (x, y + 5), (52, 66), 0, 0, 360, HAIR, -1)
    cv2.ellipse(picture, (x, y + 15), (38, 46), 0, 0, 360, SKIN, -1)
    for side in (-18, 18):
        cv2.circle(picture, (x + side, y), 5, (30, 30, 60), -1)
    cv2.ellipse(picture, (x, y + 42), (13, 4), 0, 0, 360, (150, 40, 50), -1)
    noisy = picture + rng.normal(0.0, 4.0, picture.shape)
    eyes = ((centre_x - 18, eye_y), (centre_x + 18, eye_y))
    face = Face((x - 45, y - 35, 90, 90), eyes)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8), face


def portrait(
    seed: int = 0,
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0),
    *,
    landmarks: bool = False,
    yaw: float | None = None,
) -> Picture:
    pixels, face = drawn_face(seed=seed)
    if landmarks:
        face = replace(face, landmarks=((80.0, 102.0), (67.0, 122.0), (93.0, 122.0)), yaw=yaw)
    tinted = np.clip(pixels * np.array(tint), 0, 255).astype(np.uint8)
    return make_picture(tinted, domain=Domain.DEEPFAKE, faces=[face])


SOURCE, DONOR = portrait(0), portrait(1, (0.7, 0.75, 0.8))


@BOTH
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**62))
def test_for_every_seed_only_the_applied_mask_changes(name: str, seed: int) -> None:
    before = SOURCE.pixels.copy(), DONOR.pixels.copy()
    (answer,) = create(name).forge([make_job(SOURCE, name, seed=seed, second=DONOR)])
    assert isinstance(answer, Forgery)
    assert answer.applied is not None
    assert answer.applied.any()
    assert np.array_equal(answer.image[~answer.applied], SOURCE.pixels[~answer.applied])
    assert np.array_equal(before[0], SOURCE.pixels)
    assert np.array_equal(before[1], DONOR.pixels)


@BOTH
def test_a_job_does_not_depend_on_the_jobs_around_it(name: str) -> None:
    jobs = [make_job(SOURCE, name, seed=seed, second=DONOR) for seed in range(4)]
    together = list(create(name).forge(jobs))
    backwards = list(create(name).forge(jobs[::-1]))[::-1]
    alone = [answer for job in jobs for answer in create(name).forge([job])]
    for one, two, three in zip(together, backwards, alone, strict=True):
        assert isinstance(one, Forgery)
        assert isinstance(two, Forgery)
        assert isinstance(three, Forgery)
        assert np.array_equal(one.image, two.image)
        assert np.array_equal(one.image, three.image)
        assert one.parameters == two.parameters == three.parameters


@BOTH
@settings(max_examples=30, deadline=None)
@given(x=st.floats(-300, 460), y=st.floats(-300, 460), turn=st.floats(-3.2, 3.2))
def test_a_face_anywhere_is_forged_or_refused(name: str, x: float, y: float, turn: float) -> None:
    step = (20 * np.cos(turn), 20 * np.sin(turn))
    face = Face((0, 0, 80, 80), ((x - step[0], y - step[1]), (x + step[0], y + step[1])))
    source = make_picture(SOURCE.pixels, domain=Domain.DEEPFAKE, faces=[face])
    (answer,) = create(name).forge([make_job(source, name, second=DONOR)])
    if isinstance(answer, Rejection):
        assert answer.reason == "face_outside"
    else:
        assert answer.applied is not None
        assert np.array_equal(answer.image[~answer.applied], source.pixels[~answer.applied])


def test_skin_is_told_from_hair_and_sky() -> None:
    pixels, face = drawn_face()
    skin = skin_mask(pixels, face)
    assert skin[95:110, 60:100].mean() > 0.95
    assert skin[20:30, 70:90].mean() < 0.05
    assert skin[:15, :15].mean() < 0.05


def test_a_fringe_of_the_donor_is_not_carried_over() -> None:
    pixels, face = drawn_face(seed=1)
    fringe = pixels.copy()
    fringe[40:64, 30:130] = HAIR
    donor = make_picture(fringe, domain=Domain.DEEPFAKE, faces=[face])
    (answer,) = create("face_swap").forge([make_job(SOURCE, "face_swap", second=donor)])
    assert isinstance(answer, Forgery)
    forehead = answer.image[50:58, 66:94].astype(float).mean()
    assert abs(forehead - SOURCE.pixels[50:58, 66:94].mean()) < 15


@pytest.mark.parametrize("blend", ["poisson", "feather"])
def test_the_donors_skin_takes_the_targets_colour(blend: str) -> None:
    (answer,) = create("face_swap", {"blend": blend, "colour_match": 1}).forge(
        [make_job(SOURCE, "face_swap", second=DONOR)]
    )
    assert isinstance(answer, Forgery)
    cheek = np.s_[92:108, 55:105]
    assert np.allclose(
        answer.image[cheek].mean(axis=(0, 1)), SOURCE.pixels[cheek].mean(axis=(0, 1)), atol=6
    )
    assert answer.parameters["donor"] == DONOR.source.source_id


def test_a_lower_forehead_leaves_the_chin_where_it_was() -> None:
    _, face = drawn_face()
    high = face_mask(face, 160, 160, wobble=np.zeros(3))
    low = face_mask(face, 160, 160, forehead=0.5, wobble=np.zeros(3))
    assert not (low & ~high).any()
    assert np.array_equal(high[82:], low[82:])
    assert low.sum() < high.sum()


def test_landmarks_allow_a_triangulation_and_eyes_alone_do_not() -> None:
    job = make_job(portrait(landmarks=True), "face_swap", second=portrait(1, landmarks=True))
    (answer,) = create("face_swap", {"warp": "triangulated"}).forge([job])
    assert isinstance(answer, Forgery)
    assert answer.parameters["warp"] == "triangulated"
    assert answer.notes == ()
    (answer,) = create("face_swap", {"warp": "triangulated"}).forge(
        [make_job(SOURCE, "face_swap", second=DONOR)]
    )
    assert isinstance(answer, Forgery)
    assert answer.parameters["warp"] == "similarity"
    assert "similarity" in answer.notes[0]


def test_poses_too_far_apart_are_refused() -> None:
    source, donor = portrait(landmarks=True, yaw=-25.0), portrait(1, landmarks=True, yaw=25.0)
    (answer,) = create("face_swap").forge([make_job(source, "face_swap", second=donor)])
    assert isinstance(answer, Rejection)
    assert answer.reason == "poses_differ"
    (answer,) = create("face_swap", {"max_turn": 60}).forge(
        [make_job(source, "face_swap", second=donor)]
    )
    assert isinstance(answer, Forgery)


def test_of_several_donors_the_most_alike_is_taken() -> None:
    pixels, face = drawn_face()
    wide = cv2.copyMakeBorder(pixels, 0, 0, 0, 160, cv2.BORDER_WRAP)
    (lx, ly), (rx, ry) = face.eyes
    other = replace(
        face, box=(195, 45, 90, 90), eyes=((lx + 160, ly), (rx + 160, ry)), skin=(40.0, 20.0, 20.0)
    )
    donor = make_picture(
        np.asarray(wide, np.uint8),
        domain=Domain.DEEPFAKE,
        faces=[replace(face, skin=(90.0, 5.0, 5.0)), other],
    )
    dark = make_picture(
        pixels, domain=Domain.DEEPFAKE, faces=[replace(face, skin=(45.0, 20.0, 20.0))]
    )
    (answer,) = create("face_swap").forge([make_job(dark, "face_swap", second=donor)])
    assert isinstance(answer, Forgery)
    assert answer.parameters["donor_box"] == [195, 45, 90, 90]
