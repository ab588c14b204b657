"""Job lists ask for what is lacking, for more where some is rejected, and for nothing hopeless."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.balance.filling import MOST_TIMES, Progress, fill_quotas, level, level_sizes
from curation.balance.operations import Cell, Table
from schemas.errors import RecipeError
from schemas.job_list import JobList, parse_job_list
from schemas.recipe.forge import ForgeEntry


def progress(
    count: int, ok: int = 0, operation: str = "splice", *, domains: Any = ("natural",), **facts: Any
) -> Progress:
    entry_facts = {key: facts.pop(key) for key in tuple(facts) if key in ForgeEntry.model_fields}
    entry = ForgeEntry(generator=f"by-{operation}", count=count, **entry_facts)
    return Progress(0, entry, operation, domains, ok=ok, **facts)


def table(**counts: int) -> Table:
    cells = {
        Cell("natural", operation, f"by-{operation}", "2 to 8%"): count
        for operation, count in counts.items()
    }
    return Table(cells, {})


@given(st.integers(1, 400), st.integers(0, 400), st.integers(0, 400))
def test_a_quota_is_filled_with_what_rejection_will_cost(
    asked: int, ok: int, rejected: int
) -> None:
    one = progress(asked, ok, reasons={"no_op": rejected} if rejected else {})
    jobs = fill_quotas("set", [one]).jobs
    lacking = max(0, asked - ok)
    if not lacking or one.hopeless:
        assert not jobs
        return
    (job,) = jobs
    assert job.wanted == lacking
    assert lacking <= job.count <= MOST_TIMES * lacking
    assert job.count >= min(lacking / (1 - one.rejection_rate), MOST_TIMES * lacking) - 1
    assert 0 < one.rejection_rate < 1


def test_what_is_still_to_come_is_not_asked_for_again() -> None:
    assert not fill_quotas("set", [progress(9, 4, pending=5)]).jobs
    assert fill_quotas("set", [progress(9, 4, pending=3)]).jobs[0].wanted == 2


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"reasons": {"no_suitable_source": 9}}, "no suitable source"),
        ({"reasons": {"no_op": 9}}, "all 9 that were tried were rejected: no op 9"),
        ({"imported": True, "ok": 3, "reasons": {"set_exhausted": 6}}, "an import gives"),
    ],
)
def test_what_asking_again_cannot_give_is_said_and_not_asked_for(
    facts: dict[str, Any], why: str
) -> None:
    jobs = fill_quotas("set", [progress(9, **facts)])
    assert not jobs.jobs
    (remark,) = jobs.remarks
    assert "splice by by-splice are not asked for" in remark
    assert why in remark


def test_twins_are_asked_for_in_pairs_and_keep_what_the_entry_says() -> None:
    one = progress(
        6,
        5,
        "inpaint_object",
        masked=True,
        scope="twins",
        masks={"object": 1.0},
        mask_area=(0.1, 0.2),
        options={"steps": 8},
        split="test",
        config="pocket",
        sources=("photos",),
    )
    (job,) = fill_quotas("set", [one]).jobs
    entry = job.forge_entry()
    assert job.wanted == 7
    assert 4 <= entry.count <= 12
    assert entry.model_copy(update={"count": 6, "operation": None}) == one.entry


def test_levelling_raises_every_operation_to_the_most_frequent_one() -> None:
    entries = [progress(5, 5, name) for name in ("splice", "copy_move", "stamp")]
    jobs = level("set", table(splice=20, copy_move=5), entries)
    assert {job.operation: job.wanted for job in jobs.jobs} == {"copy_move": 15, "stamp": 20}
    assert jobs.target == "equal"


def test_levelling_follows_weights_and_bounds() -> None:
    entries = [progress(5, 5, name) for name in ("splice", "copy_move", "stamp")]
    here = table(splice=20, copy_move=20, stamp=1)
    jobs = level("set", here, entries, {"natural/splice": 3, "stamp": 0, "repaint": 1})
    assert {job.operation: job.wanted for job in jobs.jobs} == {"splice": 40}
    assert "repaint" in jobs.remarks[0]
    bounded = level("set", here, entries, most=10)
    assert sum(job.wanted or 0 for job in bounded.jobs) == 10


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(0, 60), min_size=1))
def test_levelling_a_level_table_asks_for_nothing_and_any_table_becomes_level(
    counts: dict[str, int],
) -> None:
    entries = [progress(1, 1, name) for name in counts]
    asked = {job.operation: job.wanted or 0 for job in level("set", table(**counts), entries).jobs}
    after = {name: count + asked.get(name, 0) for name, count in counts.items()}
    assert len(set(after.values())) == 1
    assert not level("set", table(**after), entries).jobs


def test_an_operation_is_shared_out_between_its_makers_and_a_domain_is_named_where_needed() -> None:
    one = progress(5, 5, "splice", domains=("document", "natural"))
    other = progress(5, 5, "splice")
    jobs = level("set", table(splice=2, copy_move=9), [one, other, progress(1, 1, "copy_move")])
    found = [(job.domain, job.wanted) for job in jobs.jobs if job.operation == "splice"]
    assert found == [("natural", 3), (None, 4)]


def test_sizes_are_levelled_within_what_the_masks_may_cover() -> None:
    one = progress(9, 9, masked=True, mask_area=(0.03, 0.3))
    jobs = level_sizes("set", table(splice=12), [one])
    (job,) = jobs.jobs
    assert job.mask_area == (0.08, 0.3)
    assert job.wanted == 12
    assert not level_sizes("set", table(splice=12), [progress(9, 9)]).jobs


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_job_list_reads_back_as_it_was_written(form: Any) -> None:
    jobs = fill_quotas("set", [progress(9, 2, masked=True, masks={"stuff": 2.0})])
    assert parse_job_list(jobs.spelt(form), "jobs") == jobs
    assert len(jobs.forge_entries()) == 1


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("name: x\njobs: [{generator: splice, count: 0}]", "jobs.0.count"),
        ("name: x\njobs: [{generator: splice, count: 1, areas: 2}]", "jobs.0.areas"),
        ("name: x\njobs: [{generator: splice, count: 1, mask_area: [0.5, 0.2]}]", "mask_area"),
        ("format: 2\nname: x", "format"),
        ("{", "neither"),
    ],
)
def test_a_wrong_job_list_names_the_field(text: str, field: str) -> None:
    with pytest.raises(RecipeError, match=field):
        parse_job_list(text, "jobs.yaml")
    assert JobList(name="x").jobs == ()
