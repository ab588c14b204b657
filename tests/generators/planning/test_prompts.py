"""A prompt never crosses splits."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from generators.planning import Unplannable
from schemas.job import PlannedJob
from schemas.recipe.curate import Curation, Groups
from schemas.recipe.forge import ForgeEntry
from schemas.recipe.prompts import CaptionPrompts
from schemas.vocabulary import Domain
from tests.generators.planning.planned import candidate, captioned, plan


def test_whole_synthesis_stands_beside_a_source() -> None:
    captioned = candidate(0)
    captioned = replace(captioned, source=replace(captioned.source, caption="a red door"))
    entry = ForgeEntry(generator="dream", count=2, prompts=CaptionPrompts(kind="caption"))
    jobs = plan([entry], [captioned, candidate(1)])
    (job,) = [job for job in jobs if isinstance(job, PlannedJob)]
    assert (job.source_id, job.prompt, job.domain) == ("src-000", "a red door", Domain.AIGC)
    assert [job.reason for job in jobs if isinstance(job, Unplannable)] == ["no_caption"]


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
