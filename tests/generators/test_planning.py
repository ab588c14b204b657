"""Quotas are spread evenly and reproducibly, and content never crosses splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.contract import GeneratorSpec, Item, Need, Options
from generators.planning import Candidate, JobPlanner, Unplannable, check_entries
from generators.planning import entries as planning_entries
from schemas.errors import RecipeError
from schemas.job import Forgery, Job, PlannedJob, Rejection
from schemas.picture import Codec, Face, Instance, Source, Word
from schemas.recipe import Recipe
from schemas.recipe.curate import Curation, Groups
from schemas.recipe.forge import ForgeEntry
from schemas.recipe.prompts import CaptionPrompts
from schemas.recipe.sources import PackagedSource
from schemas.recipe.splits import HoldOut, Splits
from schemas.vocabulary import Consent, Domain, MaskKind, Scope


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
        "redraw": spec(
            "redraw",
            needs=frozenset({Need.SOURCE, Need.MASK, Need.PROMPT}),
            scope=Scope.REGENERATED,
            mask_kinds=(MaskKind.OBJECT, MaskKind.SEGMENT),
        ),
        "swap": spec(
            "swap",
            domains=(Domain.DEEPFAKE,),
            needs=frozenset({Need.SOURCE, Need.SECOND, Need.FACE}),
        ),
        "dream": spec("dream", needs=frozenset({Need.PROMPT}), scope=Scope.FULL, makes=Domain.AIGC),
        "idle": spec("idle", needs=frozenset()),
    }

    def __init__(self, name: str) -> None:
        self.spec = self.specs[name]

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        raise AssertionError("planning runs nothing")


class FakeImport(Fake):
    """An import of thirty pictures, ten prompts with three pictures each."""

    specs: ClassVar[dict[str, GeneratorSpec]] = {
        "bring": spec("bring", needs=frozenset(), scope=Scope.FULL)
    }

    def items(self, count: int) -> Sequence[Item]:
        found = [
            Item(f"{n:02d}.png", group=str(n % 10), prompt=f"prompt {n % 10}") for n in range(30)
        ]
        return found[:count]


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        planning_entries,
        "create",
        lambda name, options: (FakeImport if name == "bring" else Fake)(name),
    )


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


def plan(
    entries: list[ForgeEntry], candidates: list[Candidate], part_size: int = 8, **sections: Any
) -> list[Any]:
    recipe = Recipe(
        name="planned",
        seed=5,
        part_size=part_size,
        **sections,
        sources=(PackagedSource(kind="packaged", name="stock"),),
        forge=tuple(entries),
    )
    return list(JobPlanner(recipe, candidates).jobs())


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


def test_imports_bring_groups_of_their_own_and_say_when_the_set_ends() -> None:
    jobs = plan([ForgeEntry(generator="bring", count=32)], [candidate(0)], part_size=100)
    taken = [job for job in jobs if isinstance(job, PlannedJob)]
    assert len(taken) == 30
    assert [job.reason for job in jobs if isinstance(job, Unplannable)] == ["set_exhausted"] * 2
    assert all(job.source_id is None and job.domain == Domain.AIGC for job in taken)
    by_prompt = {(job.prompt, job.group, job.split) for job in taken}
    assert len(by_prompt) == len({job.group for job in taken}) == 10
    assert Counter(split for _, _, split in by_prompt) == {"train": 7, "validation": 1, "test": 2}


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


def test_whole_synthesis_stands_beside_a_source() -> None:
    captioned = candidate(0)
    captioned = replace(captioned, source=replace(captioned.source, caption="a red door"))
    entry = ForgeEntry(generator="dream", count=2, prompts=CaptionPrompts(kind="caption"))
    jobs = plan([entry], [captioned, candidate(1)])
    (job,) = [job for job in jobs if isinstance(job, PlannedJob)]
    assert (job.source_id, job.prompt, job.domain) == ("src-000", "a red door", Domain.AIGC)
    assert [job.reason for job in jobs if isinstance(job, Unplannable)] == ["no_caption"]


def captioned(number: int, split: str, caption: str) -> Candidate:
    bare = candidate(number, split)
    return replace(bare, source=replace(bare.source, caption=caption))


def test_a_prompt_stays_in_the_split_where_it_was_first_used() -> None:
    pictures = [captioned(0, "train", "A red door"), captioned(1, "test", "a  red DOOR")]
    entry = ForgeEntry(generator="dream", count=4, prompts=CaptionPrompts(kind="caption"))
    jobs = plan([entry], pictures)
    planned = [job for job in jobs if isinstance(job, PlannedJob)]
    assert len({job.split for job in planned}) == 1
    assert {job.reason for job in jobs if isinstance(job, Unplannable)} == {"prompt_in_other_split"}
    loose = Curation(groups=Groups(prompt=False))
    everywhere = plan([entry], pictures, curation=loose)
    assert Counter(job.split for job in everywhere) == {"train": 2, "test": 2}


def test_a_prompt_from_the_bank_is_drawn_anew_rather_than_carried_into_a_second_split() -> None:
    pictures = [candidate(i, ("train", "test")[i % 2]) for i in range(60)]
    jobs = plan([ForgeEntry(generator="dream", count=300)], pictures)
    homes: dict[str, set[str]] = {}
    for job in jobs:
        if isinstance(job, PlannedJob) and job.prompt is not None:
            homes.setdefault(job.prompt.casefold(), set()).add(job.split)
    assert max(len(splits) for splits in homes.values()) == 1
    assert sum(isinstance(job, PlannedJob) for job in jobs) > 290


def test_imports_give_a_prompt_to_the_split_that_is_tested_on() -> None:
    entries = [
        ForgeEntry(generator="bring", count=30, split="train"),
        ForgeEntry(generator="bring", count=3, split="test", options={"path": "elsewhere"}),
    ]
    jobs = plan(entries, [candidate(0)], part_size=100)
    tested = {job.prompt for job in jobs if isinstance(job, PlannedJob) and job.split == "test"}
    trained = {job.prompt for job in jobs if isinstance(job, PlannedJob) and job.split == "train"}
    assert len(tested) == 3
    assert not tested & trained


@pytest.mark.parametrize(
    "hold_out",
    [
        HoldOut(generator="dream"),
        HoldOut(operation="dream"),
        HoldOut(family="new"),
        HoldOut(autoencoder="kl-f8"),
        HoldOut(released_from="2024-06"),
    ],
)
def test_what_is_held_out_draws_from_the_test_split_alone(
    hold_out: HoldOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts: Any = {"family": "new", "autoencoder": "kl-f8", "released": "2024-08-01"}
    monkeypatch.setitem(Fake.specs, "dream", replace(Fake.specs["dream"], **facts))
    pictures = [candidate(i, ("train", "test")[i % 2]) for i in range(8)]
    entries = [ForgeEntry(generator="dream", count=6), ForgeEntry(generator="paint", count=6)]
    splits = Splits(hold_out=(hold_out,))
    jobs = plan(entries, pictures, splits=splits)
    assert Counter(job.split for job in jobs if job.generator == "dream") == {"test": 6}
    assert {job.split for job in jobs if job.generator == "paint"} == {"train", "test"}
    with pytest.raises(RecipeError, match=r"forge\[0\].split: train, but"):
        plan([ForgeEntry(generator="dream", count=1, split="train")], pictures, splits=splits)


def test_dates_are_compared_as_far_as_both_are_known() -> None:
    late = HoldOut(released_from="2024-06")
    facts = {"generator": "g", "family": "f", "autoencoder": "", "operation": "o"}
    held = [
        r
        for r in ("", "2023", "2024", "2024-05", "2024-06", "2024-06-02", "2025")
        if late.fits(released=r, **facts)
    ]
    assert held == ["2024", "2024-06", "2024-06-02", "2025"]


def test_a_hold_out_names_one_thing() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        HoldOut(generator="a", family="b")
    with pytest.raises(ValueError, match="exactly one"):
        HoldOut()
