"""What every document edit must keep to, whatever the operation."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.document import DocumentEdit
from generators.document.settings import DocumentOptions
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Picture, Word
from schemas.vocabulary import Domain, Scope
from tests.generators.document.sheets import sheet
from tests.generators.pictures import flat, make_job, make_picture, noise

OPERATIONS = DocumentEdit.spec.operations
TEXT_OPERATIONS = tuple(name for name in OPERATIONS if name != "stamp")


def forged(job: Job, **options: object) -> Forgery | Rejection:
    (answer,) = DocumentEdit(DocumentOptions.model_validate(options)).forge([job])
    assert answer.job_id == job.job_id
    return answer


def success(job: Job, **options: object) -> Forgery:
    answer = forged(job, **options)
    assert isinstance(answer, Forgery), answer
    return answer


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(("seed", "turn"), [(0, 0.0), (1, 2.5), (2, -3.5), (3, 0.7)])
def test_only_applied_pixels_change(operation: str, seed: int, turn: float) -> None:
    page = sheet(seed, turn=turn)
    result = success(make_job(page, operation, seed=seed))
    assert result.scope is Scope.SPLICED
    assert result.image.dtype == np.uint8
    assert result.image.shape == page.pixels.shape
    assert result.applied is not None
    assert result.requested is not None
    assert result.applied.dtype == result.requested.dtype == np.bool_
    assert result.applied.shape == result.requested.shape == page.pixels.shape[:2]
    changed = (result.image != page.pixels).any(axis=2)
    assert not (changed & ~result.applied).any()
    # A tight mask, and an edit that can be seen.
    assert changed.sum() > 0.7 * result.applied.sum()
    difference = np.abs(result.image.astype(int) - page.pixels.astype(int)).max(axis=2)
    assert (difference > 40).sum() >= 12
    assert (result.applied & result.requested).sum() > 0.9 * result.applied.sum()
    json.dumps(result.parameters, allow_nan=False)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_same_job_same_pixels_in_any_company(operation: str) -> None:
    page = sheet(4, turn=1.0)
    jobs = [make_job(page, name, seed=seed) for name in OPERATIONS for seed in (5, 6)]
    (wanted, *_) = [job for job in jobs if job.operation == operation]
    alone = success(wanted)
    generator = DocumentEdit(DocumentOptions())
    for batch in (jobs, jobs[::-1]):
        together = next(one for one in generator.forge(batch) if one.job_id == wanted.job_id)
        assert isinstance(together, Forgery)
        assert np.array_equal(alone.image, together.image)
        for mask, same in (
            (alone.applied, together.applied),
            (alone.requested, together.requested),
        ):
            assert mask is not None
            assert same is not None
            assert np.array_equal(mask, same)
        assert alone.parameters == together.parameters


@pytest.mark.parametrize("operation", OPERATIONS)
def test_source_is_left_alone(operation: str) -> None:
    page = sheet(7)
    before = page.pixels.copy()
    assert not page.pixels.flags.writeable
    result = success(make_job(page, operation, seed=1))
    assert np.array_equal(page.pixels, before)
    assert not np.shares_memory(result.image, page.pixels)


def test_seeds_choose_different_edits() -> None:
    page = sheet(8)
    images = {
        success(make_job(page, "text_replace", seed=seed)).image.tobytes() for seed in range(6)
    }
    assert len(images) >= 4


@pytest.mark.parametrize("operation", OPERATIONS)
def test_unread_words_are_enough(operation: str) -> None:
    page = sheet(9, read=False)
    result = success(make_job(page, operation, seed=2))
    assert result.parameters["old_text"] is None
    assert (result.image != page.pixels).any()


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_new_text_differs(operation: str, seed: int) -> None:
    parameters = success(make_job(sheet(10), operation, seed=seed)).parameters
    if operation == "text_remove":
        assert parameters["old_text"]
        assert "new_text" not in parameters
    else:
        assert parameters["new_text"]
        assert parameters["new_text"] != parameters["old_text"]


def page_with(*quads: tuple[tuple[float, float], ...], text: str | None = "17.50") -> Picture:
    return make_picture(
        sheet(11).pixels, domain=Domain.DOCUMENT, words=[Word(quad, text) for quad in quads]
    )


BOWTIE = ((20.0, 20.0), (60.0, 40.0), (60.0, 20.0), (20.0, 40.0))
POINT = ((30.0, 30.0),) * 4
MIRRORED = ((60.0, 20.0), (20.0, 20.0), (20.0, 40.0), (60.0, 40.0))
TINY = ((30.0, 30.0), (42.0, 30.0), (42.0, 34.0), (30.0, 34.0))
OUTSIDE = ((400.0, 300.0), (460.0, 300.0), (460.0, 318.0), (400.0, 318.0))
CORNER = ((-20.0, -6.0), (30.0, -6.0), (30.0, 9.0), (-20.0, 9.0))
NOT_A_NUMBER = ((float("nan"), 20.0), (60.0, 20.0), (60.0, 40.0), (20.0, 40.0))
HUGE = ((0.0, 0.0), (1e12, 0.0), (1e12, 1e12), (0.0, 1e12))
TRIANGLE = ((20.0, 20.0), (60.0, 20.0), (60.0, 40.0))


@pytest.mark.parametrize("operation", TEXT_OPERATIONS)
@pytest.mark.parametrize("text", ["17.50", None, "", "   ", "\u4e2d\u6587"])
@pytest.mark.parametrize(
    "quad", [BOWTIE, POINT, MIRRORED, TINY, OUTSIDE, CORNER, NOT_A_NUMBER, TRIANGLE, HUGE]
)
def test_bad_words_are_rejected(
    operation: str, quad: tuple[tuple[float, float], ...], text: str | None
) -> None:
    answer = forged(make_job(page_with(quad, quad, text=text), operation))
    assert isinstance(answer, Rejection)
    assert answer.reason.isidentifier()
    assert answer.reason == answer.reason.lower()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_bad_words_do_not_spoil_good_ones(operation: str) -> None:
    page = sheet(12)
    bad = [BOWTIE, POINT, MIRRORED, TINY, OUTSIDE, CORNER, NOT_A_NUMBER, TRIANGLE, HUGE, ()]
    words = [*(Word(quad, "17.50", "total") for quad in bad), *page.source.words]
    mixed = make_picture(page.pixels, domain=Domain.DOCUMENT, words=words)
    result = success(make_job(mixed, operation, seed=3), max_tries=40)
    assert (result.image != page.pixels).any()


@given(
    operation=st.sampled_from(OPERATIONS),
    seed=st.integers(0, 2**63 - 1),
    em=st.integers(9, 22),
    turn=st.floats(-6, 6),
    grain=st.floats(0, 9),
    read=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_whatever_the_page_splices_are_exact(
    operation: str, seed: int, em: int, turn: float, grain: float, read: bool
) -> None:
    page = sheet(seed % 97, em=em, turn=turn, noise=grain, read=read)
    answer = forged(make_job(page, operation, seed=seed))
    if isinstance(answer, Rejection):
        assert answer.detail
        return
    assert answer.applied is not None
    changed = (answer.image != page.pixels).any(axis=2)
    assert changed.any()
    assert not (changed & ~answer.applied).any()
    assert answer.applied.mean() < 0.2


def test_reasons_say_what_was_wrong() -> None:
    def reason(page: Picture, operation: str = "text_replace", **options: object) -> str:
        answer = forged(make_job(page, operation), **options)
        assert isinstance(answer, Rejection)
        return answer.reason

    assert reason(page_with()) == "no_words"
    assert reason(page_with(TINY)) == "word_too_small"
    assert reason(page_with(BOWTIE)) == "degenerate_quad"
    assert reason(page_with(OUTSIDE)) == "outside_picture"
    assert reason(sheet(1), min_height=60) == "word_too_small"
    assert reason(page_with(TINY), "field_copy_move") == "no_matching_field"
    assert reason(page_with(BOWTIE), "stamp") == "no_words"
    assert reason(sheet(1), "paint") == "unknown_operation"


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", ["flat", "black", "noise", "small"])
def test_pages_without_print_never_crash(operation: str, kind: str) -> None:
    pixels = {
        "flat": flat(120, 160, 240),
        "black": flat(120, 160, 0),
        "noise": noise(120, 160),
        "small": flat(9, 12, 200),
    }[kind]
    quads = [((10.0, 10.0 + y), (70.0, 10.0 + y), (70.0, 26.0 + y), (10.0, 26.0 + y))
             for y in (0.0, 30.0, 60.0)]  # fmt: skip
    page = make_picture(
        pixels, domain=Domain.DOCUMENT, words=[Word(quad, "12.40") for quad in quads]
    )
    answer = forged(make_job(page, operation))
    if operation == "stamp" and isinstance(answer, Forgery):
        assert kind in ("flat", "noise")
        assert not ((answer.image != pixels).any(axis=2) & ~np.asarray(answer.applied)).any()
    else:
        assert isinstance(answer, Rejection)


@pytest.mark.parametrize("ink", ["red", "#12", "#12345g", "123456#", "#+12345"])
def test_inks_must_be_colours(ink: str) -> None:
    with pytest.raises(ValueError, match="rrggbb"):
        DocumentOptions(inks=(ink,))


def test_options_are_described() -> None:
    for name, field in DocumentOptions.model_fields.items():
        assert field.description, name
