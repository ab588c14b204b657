"""What cannot be forged is refused, and the reason says why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from generators.registry import create
from schemas.job import Job, Rejection
from schemas.picture import Face, Picture
from schemas.vocabulary import Domain
from tests.generators.pictures import flat, make_job, make_picture, noise, photograph


def portrait(side: int, *faces: Face) -> Picture:
    return make_picture(noise(side, side, seed=side), domain=Domain.DEEPFAKE, faces=faces)


def face(distance: float) -> Face:
    return Face((10, 10, 90, 90), ((30.0, 40.0), (30.0 + distance, 40.0)))


PERSON, SMALLER = portrait(160, face(45)), portrait(120, face(15))
NOBODY, TINY = portrait(64), portrait(80, face(6))
COFFEE = make_picture(photograph("coffee"))
BLANK = make_picture(flat(128, 128))
NOTHING, ALL = np.zeros((64, 64), np.bool_), np.ones((64, 64), np.bool_)
NOISE = make_picture(noise(64, 64))


@pytest.mark.parametrize(
    ("name", "options", "job", "reason"),
    [
        ("splice", {}, make_job(COFFEE, "splice"), "no_second_source"),
        ("copy_move", {}, make_job(BLANK, "copy_move"), "no_visible_place"),
        ("inpaint_remove", {}, make_job(NOISE, "inpaint_remove", mask=NOTHING), "empty_mask"),
        ("inpaint_remove", {}, make_job(NOISE, "inpaint_remove", mask=ALL), "mask_too_large"),
        ("face_blend", {}, make_job(NOBODY, "face_blend"), "no_face"),
        ("face_blend", {}, make_job(TINY, "face_blend"), "face_too_small"),
        ("face_swap", {}, make_job(PERSON, "face_swap"), "no_second_source"),
        ("face_swap", {}, make_job(PERSON, "face_swap", second=PERSON), "same_picture"),
        ("face_swap", {}, make_job(PERSON, "face_swap", second=NOBODY), "no_face"),
        (
            "face_swap",
            {"max_scale": 2},
            make_job(PERSON, "face_swap", second=SMALLER),
            "donor_too_small",
        ),
    ],
)
def test_it_is_refused(name: str, options: dict[str, Any], job: Job, reason: str) -> None:
    (answer,) = create(name, options).forge([job])
    assert isinstance(answer, Rejection)
    assert answer.reason == reason
