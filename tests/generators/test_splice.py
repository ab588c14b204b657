"""Splices under any options: of the size asked for, repeatable, refused rather than broken."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.registry import create
from schemas.errors import GeneratorError
from schemas.job import Forgery, Job, Rejection
from tests.generators.pictures import flat, make_job, make_picture, noise, photograph, scene

TARGETS = [make_picture(photograph(name, 160)) for name in ("coffee", "chelsea")]
PIXELS, OBJECT = scene()
DONORS = [make_picture(PIXELS, object_mask=OBJECT), make_picture(PIXELS)]


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 2**63 - 1),
    st.sampled_from(TARGETS),
    st.sampled_from(DONORS),
    st.sampled_from(["feather", "poisson", "any"]),
    st.floats(0, 180),
    st.floats(0, 1),
)
def test_exact_outside_and_of_the_size_asked_for(
    seed: int, target: Any, donor: Any, blend: str, turn: float, match: float
) -> None:
    options = {
        "blend": blend,
        "max_rotation": turn,
        "colour_match": match,
        "area": (0.04, 0.12),
    }
    (answer,) = create("splice", options).forge(
        [make_job(target, "splice", seed=seed, second=donor)]
    )
    if isinstance(answer, Rejection):
        assert answer.reason in {"no_object", "object_does_not_fit"}
        return
    assert answer.applied is not None
    assert answer.requested is not None
    assert np.array_equal(answer.image[~answer.applied], target.pixels[~answer.applied])
    assert (answer.applied | ~answer.requested).all()
    assert 0.04 <= answer.requested.mean() <= 0.12
    assert (answer.image != target.pixels).any()


def test_neither_order_nor_company_matters() -> None:
    jobs = [
        make_job(TARGETS[seed % 2], "splice", seed=seed, second=DONORS[seed // 2 % 2])
        for seed in range(6)
    ]

    def answers(batch: list[Job]) -> dict[str, bytes]:
        return {
            answer.job_id: answer.image.tobytes() if isinstance(answer, Forgery) else b""
            for answer in create("splice").forge(batch)
        }

    together = answers(jobs)
    assert any(together.values())
    assert together == answers(jobs[::-1])
    assert together == {key: value for job in jobs for key, value in answers([job]).items()}


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (20, 20), (33, 47), (400, 40)])
def test_odd_pictures_are_answered(shape: tuple[int, int]) -> None:
    odd = [make_picture(noise(*shape)), make_picture(flat(*shape))]
    jobs = [make_job(target, "splice", second=DONORS[0]) for target in odd]
    jobs += [make_job(TARGETS[0], "splice", second=donor) for donor in odd]
    for job, answer in zip(jobs, create("splice").forge(jobs), strict=True):
        assert answer.job_id == job.job_id
        if isinstance(answer, Forgery):
            assert answer.image.shape == job.source.pixels.shape


def test_a_supplied_mask_of_no_use_is_replaced_by_a_cut() -> None:
    speck = np.zeros(PIXELS.shape[:2], np.bool_)
    speck[5:8, 5:8] = True
    donor = make_picture(PIXELS, object_mask=speck)
    (answer,) = create("splice").forge([make_job(TARGETS[0], "splice", seed=1, second=donor)])
    assert isinstance(answer, Forgery)
    assert answer.parameters["cut"] == "grabcut"


def test_an_empty_area_range_is_an_error() -> None:
    with pytest.raises(GeneratorError, match="area"):
        create("splice", {"area": (0.3, 0.1)})
