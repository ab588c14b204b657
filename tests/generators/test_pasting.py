"""Splice and copy-move: exact outside the mask, never a no-op, told where impossible."""

from __future__ import annotations

import numpy as np
import pytest

from generators.contract import Generator
from generators.registry import create
from schemas.job import Forgery, Job, Rejection
from tests.generators.pictures import flat, make_job, make_picture, photograph, scene


def forge(generator: Generator, job: Job) -> Forgery:
    (answer,) = generator.forge([job])
    assert isinstance(answer, Forgery), answer
    return answer


@pytest.fixture(scope="module")
def pair() -> tuple[Job, Job]:
    target, donor = make_picture(photograph("coffee", 256)), make_picture(photograph("chelsea"))
    return (
        make_job(target, "splice", seed=3, second=donor),
        make_job(target, "copy_move", seed=3),
    )


@pytest.mark.parametrize("blend", ["feather", "poisson"])
def test_a_splice_is_exact_outside_and_changes_the_inside(
    pair: tuple[Job, Job], blend: str
) -> None:
    job = pair[0]
    answer = forge(create("splice", {"blend": blend}), job)
    source = job.source.pixels
    assert answer.applied is not None
    assert answer.requested is not None
    assert np.array_equal(answer.image[~answer.applied], source[~answer.applied])
    assert (answer.image != source).any(axis=2)[answer.applied].mean() > 0.8
    assert (answer.requested & answer.applied).sum() >= 0.95 * answer.requested.sum()


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


def test_a_plain_copy_is_the_very_pixels_of_its_origin(pair: tuple[Job, Job]) -> None:
    job = pair[1]
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


@pytest.mark.parametrize("overlap", ["forbid", "require"])
def test_overlap_is_as_asked(pair: tuple[Job, Job], overlap: str) -> None:
    generator = create("copy_move", {"overlap": overlap})
    answers = list(
        generator.forge(make_job(pair[1].source, "copy_move", seed=seed) for seed in range(8))
    )
    forged = [answer for answer in answers if isinstance(answer, Forgery)]
    assert len(forged) >= 4
    for answer in forged:
        assert (answer.parameters["overlap"] > 0) == (overlap == "require")


def test_a_copy_that_nobody_could_see_is_refused() -> None:
    (answer,) = create("copy_move").forge([make_job(make_picture(flat(128, 128)), "copy_move")])
    assert isinstance(answer, Rejection)
    assert answer.reason == "no_visible_place"


def test_a_splice_without_a_donor_is_refused(pair: tuple[Job, Job]) -> None:
    (answer,) = create("splice").forge([make_job(pair[0].source, "splice")])
    assert isinstance(answer, Rejection)
    assert answer.reason == "no_second_source"
