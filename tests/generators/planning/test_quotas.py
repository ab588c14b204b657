"""Quotas are spread evenly and reproducibly over sources and parts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.planning import check_entries
from schemas.errors import RecipeError
from schemas.job import PlannedJob
from schemas.recipe.forge import ForgeEntry
from schemas.vocabulary import MaskKind
from tests.generators.planning.planned import candidate, plan


@given(st.integers(1, 40), st.integers(1, 17))
def test_every_forgery_asked_for_is_planned_once_and_sources_are_used_evenly(
    count: int, n: int
) -> None:
    jobs = plan([ForgeEntry(generator="paint", count=count)], [candidate(i) for i in range(n)])
    assert len(jobs) == count
    assert len({job.job_id for job in jobs}) == count
    assert len({job.seed for job in jobs}) == count
    used = Counter(job.source_id for job in jobs)
    assert max(used.values()) - min(used.get(f"src-{i:03d}", 0) for i in range(n)) <= 1


def test_entries_share_the_sources_out_between_them() -> None:
    entries = [ForgeEntry(generator=name, count=4) for name in ("paint", "paste")]
    jobs = plan(entries, [candidate(i) for i in range(8)])
    assert Counter(job.source_id for job in jobs) == {f"src-{i:03d}": 1 for i in range(8)}


@given(st.permutations(range(12)))
def test_the_order_of_candidates_does_not_matter(order: list[int]) -> None:
    entries = [ForgeEntry(generator="paste", count=9)]
    assert plan(entries, [candidate(i) for i in order]) == plan(
        entries, [candidate(i) for i in range(12)]
    )


def test_an_entry_behind_changes_no_job_before_it() -> None:
    first = ForgeEntry(generator="paint", count=5)
    more = ForgeEntry(generator="paste", count=5)
    candidates = [candidate(i) for i in range(6)]
    alone = plan([first], candidates)
    together = [job for job in plan([first, more], candidates) if job.entry == 0]
    assert alone == together


def test_mask_quotas_are_kept_at_every_length() -> None:
    masks = {MaskKind.OBJECT: 0.5, MaskKind.STUFF: 0.25, MaskKind.IRREGULAR: 0.25}
    jobs = plan([ForgeEntry(generator="paint", count=16, masks=masks)], [candidate(0)])
    assert Counter(job.mask_kind for job in jobs) == {
        MaskKind.OBJECT: 8,
        MaskKind.STUFF: 4,
        MaskKind.IRREGULAR: 4,
    }


def test_parts_are_no_larger_than_asked_and_numbered_without_gaps() -> None:
    entries = [ForgeEntry(generator="paint", count=20), ForgeEntry(generator="paste", count=3)]
    jobs = [j for j in plan(entries, [candidate(i) for i in range(9)]) if isinstance(j, PlannedJob)]
    sizes = Counter(job.part for job in jobs)
    assert sorted(sizes) == list(range(len(sizes)))
    assert max(sizes.values()) <= 8
    for part in sizes:
        assert len({job.entry for job in jobs if job.part == part}) == 1


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (ForgeEntry(generator="write", count=1), "needs an operation; it has: text_replace"),
        (ForgeEntry(generator="write", operation="stamp", count=1), "has no 'stamp'"),
        (ForgeEntry(generator="paste", count=1, masks={MaskKind.OBJECT: 1}), "takes no 'object'"),
        (ForgeEntry(generator="paint", count=1, masks={MaskKind.OBJECT: 0}), "more than 0"),
        (ForgeEntry(generator="paint", count=1, scope="twins"), "'paint' makes spliced forgeries"),
        (ForgeEntry(generator="dream", count=1, scope="spliced"), "without a mask"),
        (ForgeEntry(generator="idle", count=1), "supplies no items"),
    ],
)
def test_wrong_entries_are_refused_with_the_remedy(entry: ForgeEntry, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        check_entries([entry])


def test_a_twin_follows_the_job_that_it_is_composed_from() -> None:
    entry = ForgeEntry(generator="redraw", count=6, scope="twins")
    jobs = plan([entry], [candidate(i) for i in range(4)], part_size=2)
    assert len(jobs) == 12
    for made, twin in zip(jobs[::2], jobs[1::2], strict=True):
        assert made.composed_from is None
        assert twin.composed_from == made.job_id
        assert replace(twin, job_id=made.job_id, composed_from=None) == made
    assert Counter(job.part for job in jobs) == {0: 4, 1: 4, 2: 4}
