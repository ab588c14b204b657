"""What is pasted is what was cut: a supplied object, the very pixels of an origin."""

from __future__ import annotations

import numpy as np

from generators.contract import Generator
from generators.registry import create
from schemas.job import Forgery, Job
from tests.generators.pictures import flat, make_job, make_picture, photograph, scene


def forge(generator: Generator, job: Job) -> Forgery:
    (answer,) = generator.forge([job])
    assert isinstance(answer, Forgery), answer
    return answer


def test_a_supplied_object_is_what_is_pasted() -> None:
    pixels, truth = scene(seed=4)
    pixels = pixels.copy()
    pixels[truth] = (250, 10, 10)
    donor = make_picture(pixels, object_mask=truth)
    target = make_picture(flat(200, 200, 90))
    options = {"colour_match": 0, "blend": "feather", "max_rotation": 0}
    answer = forge(create("splice", options), make_job(target, "splice", seed=2, second=donor))
    assert answer.parameters["cut"] == "supplied"
    assert answer.requested is not None
    core = answer.requested & (answer.image[..., 0] > 240) & (answer.image[..., 1] < 20)
    assert core.sum() > 0.85 * answer.requested.sum()


def test_a_plain_copy_is_the_very_pixels_of_its_origin() -> None:
    job = make_job(make_picture(photograph("coffee", 256)), "copy_move", seed=3)
    options = {"plain": 1.0, "feather": 0, "overlap": "forbid"}
    answer = forge(create("copy_move", options), job)
    assert answer.applied is not None
    left, top, right, bottom = answer.parameters["copied_box"]
    rows, columns = np.nonzero(answer.applied)
    copied = job.source.pixels[top:bottom, left:right]
    pasted = answer.image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    inside = answer.applied[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert pasted.shape == copied.shape
    assert np.array_equal(pasted[inside], copied[inside])
    assert answer.parameters["overlap"] == 0
