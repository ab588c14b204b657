"""A generator that breaks costs its own job only; failures are tried again, rejections are not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from pydantic import BaseModel

from flows.road import STAGES
from flows.run import Run, start_run
from flows.stages import forge
from flows.stages.forging import job_parts
from flows.stages.stage import make_part
from generators.contract import GeneratorSpec, Options
from generators.registry import load
from schemas.job import Forgery, Job, Rejection
from schemas.recipe.forge import ForgeEntry
from schemas.vocabulary import Scope
from tests.flows.small import small_recipe
from tests.generators.pictures import flat, make_picture


class Moody:
    """Answers, rejects or breaks by the job's seed; `broken` says which seeds break."""

    spec: ClassVar[GeneratorSpec] = load("copy_move").spec
    Options: ClassVar[type[BaseModel]] = Options
    broken: ClassVar[set[int]] = {2}
    asked: ClassVar[list[int]] = []

    def __init__(self, options: Any = None) -> None:
        self.options = options

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        for job in jobs:
            self.asked.append(job.seed)
            if job.seed in self.broken:
                raise RuntimeError("out of luck")
            if job.seed % 5 == 4:
                yield Rejection(job.job_id, "not_today")
            else:
                mask = np.ones(job.source.pixels.shape[:2], np.bool_)
                yield Forgery(job.job_id, 255 - job.source.pixels, Scope.SPLICED, mask)


def rows(count: int) -> list[dict[str, Any]]:
    return [
        {
            "job_id": f"job-{seed}",
            "seed": seed,
            "operation": "copy_move",
            "source_id": "src",
            "second_id": None,
            "mask_kind": None,
            "prompt": None,
            "index": 0,
            "item": None,
            "instance": None,
            "composed_from": None,
            "prompt_origin": None,
            "prompt_note": "",
        }
        for seed in range(count)
    ]


def test_one_broken_job_does_not_take_the_others_along() -> None:
    entry = ForgeEntry(generator="copy_move", count=6)
    pictures = {"src": make_picture(flat(32, 32, 40))}
    results = list(forge.forge_jobs(Moody(), entry, rows(6), pictures))
    assert [row["job_id"] for row in results] == [f"job-{seed}" for seed in range(6)]
    assert [row["status"] for row in results] == ["ok", "ok", "failed", "ok", "rejected", "ok"]
    assert results[2]["reason"] == "generator_error"
    assert "out of luck" in results[2]["detail"]
    assert results[4]["reason"] == "not_today"


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"image": np.zeros((32, 32), np.uint8)}, "not uint8 (height, width, 3)"),
        ({"applied": np.ones((8, 8), np.bool_)}, "its applied mask is bool (8, 8)"),
        ({"applied": np.ones((32, 32), np.uint8)}, "its applied mask is uint8"),
        ({"parameters": {"scale": np.float32(2)}}, "not JSON"),
    ],
)
def test_a_result_of_the_wrong_form_is_failed_and_says_why(
    broken: dict[str, Any], words: str
) -> None:
    class Careless(Moody):
        def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
            for result in super().forge(jobs):
                assert isinstance(result, Forgery)
                yield replace(result, **broken)

    entry = ForgeEntry(generator="copy_move", count=1)
    pictures = {"src": make_picture(flat(32, 32, 40))}
    (row,) = forge.forge_jobs(Careless(), entry, rows(1), pictures)
    assert (row["status"], row["reason"]) == ("failed", "contract_broken")
    assert words in row["detail"]


def test_a_job_without_an_answer_is_failed() -> None:
    class Silent(Moody):
        def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
            yield from list(super().forge(jobs))[:1]

    entry = ForgeEntry(generator="copy_move", count=2)
    pictures = {"src": make_picture(flat(32, 32, 40))}
    results = list(forge.forge_jobs(Silent(), entry, rows(2), pictures))
    assert [row["reason"] for row in results] == [None, "no_answer"]


def test_only_what_failed_is_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = small_recipe()
    recipe = recipe.model_copy(
        update={
            "forge": (ForgeEntry(generator="copy_move", count=6),),
            "sources": recipe.sources[:1],
            "part_size": 6,
        }
    )
    run: Run = start_run(str(tmp_path), recipe)
    for stage in ("sources", "plan"):
        for index in range(STAGES[stage].count(run)):
            make_part(STAGES[stage], run, index)
    seeds = [row["seed"] for row in job_parts.part_jobs(run)[0]]
    monkeypatch.setattr(Moody, "broken", {seeds[3]})
    monkeypatch.setattr(Moody, "asked", [])
    monkeypatch.setattr(forge, "_generator", lambda *_: Moody())
    first = make_part(forge.FORGE, run, 0).manifest.counts
    assert (first.planned, first.failed) == (6, 1)

    monkeypatch.setattr(Moody, "asked", [])
    again = make_part(forge.FORGE, run, 0)
    assert set(Moody.asked) == {seeds[3]}
    assert again.manifest.counts == first

    monkeypatch.setattr(Moody, "broken", set())
    monkeypatch.setattr(Moody, "asked", [])
    mended = make_part(forge.FORGE, run, 0)
    assert Moody.asked == [seeds[3]]
    assert mended.manifest.counts.failed == 0
    assert make_part(forge.FORGE, run, 0).skipped
