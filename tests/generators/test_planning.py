"""Quotas are spread evenly and reproducibly, and content never crosses splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators import planning
from generators.contract import GeneratorSpec, Need, Options
from generators.planning import Candidate, JobPlanner, Unplannable, check_entries
from schemas.errors import RecipeError
from schemas.job import Forgery, Job, PlannedJob, Rejection
from schemas.picture import Codec, Source, Word
from schemas.recipe.forge import ForgeEntry
from schemas.vocabulary import Domain, MaskKind


def spec(name: str, **changes: Any) -> GeneratorSpec:
    fields: dict[str, Any] = {
        "name": name,
        "version": "1",
        "family": "test",
        "summary": "",
        "domains": (Domain.NATURAL,),
        "operations": (name,),
        "needs": frozenset({Need.SOURCE}),
        "terms": "",
    }
    return GeneratorSpec(**{**fields, **changes})


class Fake:
    """A generator that only has a spec."""

    Options = Options
    specs: ClassVar[dict[str, GeneratorSpec]] = {
        "paint": spec(
            "paint",
            needs=frozenset({Need.SOURCE, Need.MASK}),
            mask_kinds=(MaskKind.OBJECT, MaskKind.IRREGULAR, MaskKind.STUFF),
        ),
        "paste": spec("paste", needs=frozenset({Need.SOURCE, Need.SECOND})),
        "write": spec(
            "write",
            domains=(Domain.DOCUMENT,),
            needs=frozenset({Need.SOURCE, Need.WORDS}),
            operations=("text_replace", "text_remove"),
        ),
    }

    def __init__(self, name: str) -> None:
        self.spec = self.specs[name]

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        raise AssertionError("planning runs nothing")


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "create", lambda name, options: Fake(name))


def candidate(
    number: int, split: str = "train", domain: Domain = Domain.NATURAL, photo: int | None = None
) -> Candidate:
    words = (Word(((0, 0), (9, 0), (9, 9), (0, 9))),) if domain is Domain.DOCUMENT else ()
    source = Source(
        source_id=f"src-{number:03d}",
        origin=f"photo-{number if photo is None else photo}.png",
        domain=domain,
        group=f"g{number}",
        width=64,
        height=64,
        licence="CC0-1.0",
        attribution="",
        history=Codec("PNG"),
        words=words,
    )
    return Candidate(source, number // 4, source.group, split)


def plan(entries: list[ForgeEntry], candidates: list[Candidate], part_size: int = 8) -> list[Any]:
    return list(JobPlanner(entries, candidates, seed=5, part_size=part_size).jobs())


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


def test_a_donor_is_of_the_same_split_and_of_another_photograph() -> None:
    candidates = [candidate(i, split, photo=i // 2) for i in range(6) for split in ("train",)]
    candidates += [candidate(i, "test", photo=i // 2) for i in range(6, 12)]
    by_id = {c.source.source_id: c for c in candidates}
    for job in plan([ForgeEntry(generator="paste", count=24)], candidates):
        target, donor = by_id[job.source_id], by_id[job.second_id]
        assert target.split == donor.split == job.split
        assert target.source.origin != donor.source.origin


def test_what_cannot_be_planned_is_told_and_counted() -> None:
    entries = [
        ForgeEntry(generator="paste", count=2),
        ForgeEntry(generator="write", operation="text_remove", count=3),
    ]
    jobs = plan(entries, [candidate(0)])
    assert all(isinstance(job, Unplannable) for job in jobs)
    reasons = Counter(job.reason for job in jobs)
    assert reasons == {"no_second_source": 2, "no_suitable_source": 3}


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
    ],
)
def test_wrong_entries_are_refused_with_the_remedy(entry: ForgeEntry, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        check_entries([entry])
