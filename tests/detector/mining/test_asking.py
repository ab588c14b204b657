"""The budget goes where the detector fails, in jobs that say why, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detector.mining.answers import Answer
from detector.mining.asking import Mined, ask
from detector.mining.cases import Case, join_cases
from detector.mining.cells import count_failures
from detector.mining.makers import Maker
from schemas.job_list import parse_job_list
from tests.detector.mining.made import makers, row, weak_spot


def mined(cases: tuple[Case, ...], count: int = 500, using: list[Maker] | None = None) -> Mined:
    given = list(makers()) if using is None else using
    return ask("set", count_failures(cases), cases, given, count)


def test_a_planted_weak_cell_gets_most_of_the_budget() -> None:
    jobs = mined(weak_spot()).jobs
    first = jobs.jobs[0]
    assert (first.generator, first.split) == ("splice", "train")
    assert first.count > 250
    assert first.options["area"] == [0.005, 0.02]
    assert first.codec is not None
    assert (first.codec.format, first.codec.quality) == ("JPEG", (1, 74))
    assert "made by splicing that change 0.5 to 2% of the picture in JPEG below 75" in first.why
    # No size can be asked of this one: its job is for them all.
    pooled = next(job for job in jobs.jobs if job.generator == "copy_move")
    assert "copy-move that change 0.5 to 2%, 2 to 8% or 8 to 32% of the picture" in pooled.why
    assert sum(job.count for job in jobs.jobs) == 500
    assert parse_job_list(jobs.spelt(), "jobs") == jobs


@pytest.mark.parametrize("count", [1, 7, 10, 99, 1000])
def test_counts_sum_to_what_was_asked_for_and_none_is_tiny(count: int) -> None:
    found = mined(weak_spot(1), count)
    counts = [job.count for job in found.jobs.jobs]
    assert sum(counts) == count == sum(found.asked.values())
    assert min(counts) >= min(count, 10)


def test_order_of_the_answers_does_not_matter() -> None:
    cases = weak_spot(2)
    assert mined(cases).jobs == mined(tuple(reversed(cases))).jobs


def test_what_cannot_be_made_is_said_and_its_share_goes_to_the_others() -> None:
    able = [one for one in makers() if one.operation != "splice"]
    kept = next(one for one in makers() if one.operation == "splice")
    for using, why in (
        (able, "no entry of the recipe makes them"),
        ([replace(kept, hopeless="kept for tests"), *able], "kept for tests"),
    ):
        jobs = mined(weak_spot(), 60, using).jobs
        assert "splice" not in {job.generator for job in jobs.jobs}
        assert any(
            remark.startswith("splicing in natural") and why in remark for remark in jobs.remarks
        )
        assert sum(job.count for job in jobs.jobs) in (0, 60)


def test_the_entry_whose_options_made_the_failures_is_taken() -> None:
    plain = next(one for one in makers() if one.operation == "inpaint_remove")
    other = replace(plain, entry=plain.entry.model_copy(update={"options": {"method": "patch"}}))
    first = replace(plain, entry=plain.entry.model_copy(update={"options": {"method": "telea"}}))
    rows = [
        row(f"f{n}", "inpaint_remove", area=0.1, parameters='{"method":"patch"}') for n in range(40)
    ]
    cases = join_cases([Answer(f"f{n}", True, n > 20) for n in range(40)], rows, "made")
    (job,) = mined(cases, 30, [first, other]).jobs.jobs
    assert job.options == {"method": "patch"}
    assert job.mask_area == (0.08, 0.32)


def test_failures_under_a_codec_become_a_hint_and_others_a_remark() -> None:
    rows = [row(f"f{n:03}", "splice", area=0.1) for n in range(80)]
    answers = [Answer(f"f{n:03}", True, n >= 8) for n in range(80)]
    answers += [Answer(f"f{n:03}", True, n >= 60, None, "jpeg", 50.0) for n in range(80)]
    answers += [Answer(f"f{n:03}", True, n >= 9, None, "jpeg", 90.0) for n in range(80)]
    answers += [Answer(f"f{n:03}", True, n >= 70, None, "resize", 0.5) for n in range(80)]
    jobs = mined(join_cases(answers, rows, "made"), 20).jobs
    (job,) = jobs.jobs
    assert job.codec is not None
    assert job.codec.quality == (50, 50)
    assert "under jpeg 50 it misses 60 of 80" in job.why
    assert any("under resize 0.5 it misses 70 of 80" in remark for remark in jobs.remarks)


def test_mining_on_the_test_split_is_said() -> None:
    on_test = tuple(replace(case, split="test") for case in weak_spot())
    assert any("is no test any more" in remark for remark in mined(on_test).jobs.remarks)
    assert not any("test" in remark for remark in mined(weak_spot()).jobs.remarks)


def test_false_alarms_are_told_by_where_they_come_from() -> None:
    rows = [row(f"r{n:03}", None, domain="document" if n < 40 else "natural") for n in range(200)]
    rows += [row(f"f{n}", "splice", area=0.1) for n in range(20)]
    answers = [Answer(f"r{n:03}", False, n < 30 or n % 40 == 0) for n in range(200)]
    answers += [Answer(f"f{n}", True, n > 9) for n in range(20)]
    remarks = mined(join_cases(answers, rows, "made"), 20).jobs.remarks
    said = [remark for remark in remarks if "false alarms come from" in remark]
    assert len(said) == 1
    assert "domain document: 30 of 40 (75%)" in said[0]
