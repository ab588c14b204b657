"""Every job gets what its generator needs, or a reason why there is none."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from generators.planning import Unplannable
from schemas.job import PlannedJob
from schemas.picture import Face, Instance
from schemas.recipe.forge import ForgeEntry
from schemas.vocabulary import Consent, Domain, MaskKind
from tests.generators.planning.planned import candidate, plan


def test_a_donor_is_of_the_same_split_and_of_another_photograph() -> None:
    candidates = [candidate(i, split, photo=i // 2) for i in range(6) for split in ("train",)]
    candidates += [candidate(i, "test", photo=i // 2) for i in range(6, 12)]
    by_id = {c.source.source_id: c for c in candidates}
    for job in plan([ForgeEntry(generator="paste", count=24)], candidates):
        target, donor = by_id[job.source_id], by_id[job.second_id]
        assert target.split == donor.split == job.split
        assert target.source.origin != donor.source.origin


def test_circles_keep_what_splices_join_small() -> None:
    candidates = [candidate(i) for i in range(40)] + [candidate(i, "test") for i in range(40, 45)]
    number = {c.source.source_id: place for place, c in enumerate(candidates)}

    def largest(**splits: int) -> int:
        jobs = plan([ForgeEntry(generator="paste", count=90)], candidates, splits=splits)
        pairs = np.array([(number[job.source_id], number[job.second_id]) for job in jobs])
        joined = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(number), len(number)))
        _, found = connected_components(joined, directed=False)
        return int(np.bincount(found).max())

    assert largest() > 20
    # The five groups of the test split make one circle of four and one that is left over.
    assert largest(circle=4) == 5
    assert largest(circle=8) == 8


def test_what_cannot_be_planned_is_told_and_counted() -> None:
    entries = [
        ForgeEntry(generator="paste", count=2),
        ForgeEntry(generator="write", operation="text_remove", count=3),
    ]
    jobs = plan(entries, [candidate(0)])
    assert all(isinstance(job, Unplannable) for job in jobs)
    reasons = Counter(job.reason for job in jobs)
    assert reasons == {"no_second_source": 2, "no_suitable_source": 3}


def test_segments_are_planned_on_request_alone() -> None:
    jobs = plan([ForgeEntry(generator="redraw", count=4)], [candidate(0)])
    assert {job.mask_kind for job in jobs} == {MaskKind.OBJECT}


def test_a_job_is_about_a_marked_object_of_the_size_asked_for() -> None:
    marked = candidate(0)
    sizes = (("wall", 0.9), (None, 0.1), ("mug", 0.1))
    instances = tuple(Instance((0, 0, 9, 9), area, label) for label, area in sizes)
    marked = replace(marked, source=replace(marked.source, instances=instances))
    (job,) = plan([ForgeEntry(generator="redraw", count=1)], [marked])
    assert job.instance == 2


def test_an_entry_can_name_its_sources_and_its_split() -> None:
    candidates = [candidate(0), replace(candidate(1), entry="stock"), candidate(2, "test")]
    jobs = plan([ForgeEntry(generator="paint", count=4, sources=("stock",))], candidates)
    assert {job.source_id for job in jobs} == {"src-001"}
    jobs = plan([ForgeEntry(generator="paint", count=4, split="test")], candidates)
    assert {job.source_id for job in jobs} == {"src-002"}
    jobs = plan([ForgeEntry(generator="bring", count=4, split="test")], candidates)
    assert {job.split for job in jobs} == {"test"}


def test_portraits_of_unknown_consent_are_not_forged() -> None:
    face = Face((8, 8, 40, 40), ((20.0, 24.0), (36.0, 24.0)))
    people = [candidate(i, domain=Domain.DEEPFAKE) for i in range(4)]
    people = [replace(c, source=replace(c.source, faces=(face,))) for c in people]
    jobs = plan([ForgeEntry(generator="swap", count=2)], people)
    assert {job.reason for job in jobs} == {"no_suitable_source"}
    assert all("consent" in job.detail for job in jobs)
    given = [
        replace(c, source=replace(c.source, consent=Consent.GIVEN, identity=str(n // 2)))
        for n, c in enumerate(people)
    ]
    by_id = {c.source.source_id: c.source.identity for c in given}
    for job in plan([ForgeEntry(generator="swap", count=4)], given):
        assert by_id[job.source_id] != by_id[job.second_id]


def test_imports_bring_groups_of_their_own_and_say_when_the_set_ends() -> None:
    jobs = plan([ForgeEntry(generator="bring", count=32)], [candidate(0)], part_size=100)
    taken = [job for job in jobs if isinstance(job, PlannedJob)]
    assert len(taken) == 30
    assert [job.reason for job in jobs if isinstance(job, Unplannable)] == ["set_exhausted"] * 2
    assert all(job.source_id is None and job.domain == Domain.AIGC for job in taken)
    by_prompt = {(job.prompt, job.group, job.split) for job in taken}
    assert len(by_prompt) == len({job.group for job in taken}) == 10
    assert Counter(split for _, _, split in by_prompt) == {"train": 7, "validation": 1, "test": 2}
