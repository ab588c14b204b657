"""Copy-move under any options: exact, visible, repeatable, refused rather than broken."""

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

SOURCES = [make_picture(photograph(name, 160)) for name in ("astronaut", "coffee")]
SOURCES.append(make_picture(*scene()[:1], object_mask=scene()[1]))


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 2**63 - 1),
    st.sampled_from(SOURCES),
    st.sampled_from(["forbid", "allow", "require"]),
    st.floats(0, 180),
    st.sampled_from([0.0, 2.0, 9.0]),
)
def test_exact_outside_and_seen_inside(
    seed: int, source: Any, overlap: str, turn: float, feather: float
) -> None:
    options = {"overlap": overlap, "max_rotation": turn, "feather": feather, "min_change": 8.0}
    (answer,) = create("copy_move", options).forge([make_job(source, "copy_move", seed=seed)])
    if isinstance(answer, Rejection):
        assert answer.reason in {"no_visible_place", "no_strokes"}
        return
    assert answer.applied is not None
    assert answer.requested is not None
    assert np.array_equal(answer.image[~answer.applied], source.pixels[~answer.applied])
    if feather == 0.0:
        difference = np.abs(answer.image.astype(int) - source.pixels)[answer.requested]
        assert difference.mean() >= 8.0
    if overlap != "allow":
        assert answer.parameters["overlaps"] == (overlap == "require")


def test_neither_order_nor_company_matters() -> None:
    jobs = [make_job(SOURCES[seed % 3], "copy_move", seed=seed) for seed in range(6)]

    def answers(batch: list[Job]) -> dict[str, bytes]:
        return {
            answer.job_id: answer.image.tobytes() if isinstance(answer, Forgery) else b""
            for answer in create("copy_move").forge(batch)
        }

    together = answers(jobs)
    assert any(together.values())
    assert together == answers(jobs[::-1])
    assert together == {key: value for job in jobs for key, value in answers([job]).items()}


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (20, 20), (33, 47), (400, 40)])
def test_odd_pictures_are_answered(shape: tuple[int, int]) -> None:
    jobs = [
        make_job(make_picture(pixels), "copy_move", seed=seed)
        for seed in range(3)
        for pixels in (noise(*shape), flat(*shape))
    ]
    for job, answer in zip(jobs, create("copy_move").forge(jobs), strict=True):
        assert answer.job_id == job.job_id
        if isinstance(answer, Forgery):
            assert answer.image.shape == job.source.pixels.shape
            assert (answer.image != job.source.pixels).any()


def test_an_empty_scale_range_is_an_error() -> None:
    with pytest.raises(GeneratorError, match="scale"):
        create("copy_move", {"scale": (1.5, 0.5)})
