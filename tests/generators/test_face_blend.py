"""Self-blended faces: what is drawn stays within the options, and the copy stays on the face."""

from __future__ import annotations

import numpy as np

from generators.registry import create
from schemas.job import Forgery
from schemas.picture import Face, Picture
from schemas.vocabulary import Domain
from tests.generators.pictures import make_job, make_picture, photograph

EYES = ((205.0, 112.0), (246.0, 112.0))


def astronaut(left: int) -> Picture:
    """The portrait cut so that the face lies further to the right the smaller `left` is."""
    eyes = tuple((x - left, y) for x, y in EYES)
    face = Face((170 - left, 65, 110, 115), (eyes[0], eyes[1]))
    return make_picture(
        np.ascontiguousarray(photograph("astronaut", 512)[:256, left : left + 256]),
        domain=Domain.DEEPFAKE,
        faces=[face],
    )


def test_the_draws_keep_to_the_options() -> None:
    options = {"shift_rgb": 12, "shift_probability": 0.5, "scale": 0.02}
    generator = create("face_blend", options)
    shifted = 0
    for seed in range(24):
        (answer,) = generator.forge([make_job(astronaut(100), "face_blend", seed=seed)])
        assert isinstance(answer, Forgery)
        drawn = answer.parameters["altered"]
        shifted += any(drawn["shift_rgb"])
        assert all(abs(value) <= 12 for value in drawn["shift_rgb"])
        assert abs(drawn["scale"] - 1.0) <= 0.02
        assert (drawn["sharpened"] is None) != (drawn["downscaled"] is None)
    assert 4 <= shifted <= 20


def test_resizing_keeps_the_copy_on_a_face_far_from_the_middle() -> None:
    """With resizing alone, the change does not grow with the face's distance from the middle."""
    options = {
        "shift_rgb": 0, "hue": 0, "saturation": 0, "brightness": 0, "contrast": 0,
        "translate": (0, 0), "scale": 0.1, "min_difference": 0,
    }  # fmt: skip
    generator = create("face_blend", options)

    def changes(left: int) -> list[float]:
        jobs = [make_job(astronaut(left), "face_blend", seed=seed) for seed in range(8)]
        answers = [answer for answer in generator.forge(jobs) if isinstance(answer, Forgery)]
        return [answer.parameters["change"] for answer in answers]

    central, aside = changes(98), changes(20)
    assert len(central) == len(aside) == 8
    assert np.allclose(central, aside, rtol=0.25, atol=0.5)
