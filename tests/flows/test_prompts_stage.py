"""The stage between plan and forge: prompts by a model, part for part, bought once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from endpoints.local_behaviour import Behaviour
from endpoints.local_server import LocalServer
from flows.account import BUDGET_REACHED
from flows.road import STAGES
from flows.run import Run, start_run
from flows.stages import prompts
from flows.stages.forging import job_parts
from flows.stages.stage import make_part
from generators import registry
from generators.contract import GeneratorSpec, Need, Options
from schemas.job import Forgery, Job, Rejection
from schemas.recipe.model import Recipe
from schemas.recipe.reading import parse_recipe
from schemas.vocabulary import Domain, MaskKind, Scope, Status

TEXT = """\
name: prompted
sources:
  - kind: packaged
    pictures: [chelsea, coffee]
    crops: {{min_side: 128, max_side: 128, per_picture: 3}}
forge:
  - {{generator: copy_move, count: 2}}
  - generator: toy
    count: 4
    scope: {scope}
    masks: {{irregular: 1}}
    prompts: {prompts}
splits: {{train: 1, validation: 0, test: 0}}
budget: {budget}
part_size: 3
"""


class Toy:
    """Wants a source, a mask and a prompt."""

    spec: ClassVar[GeneratorSpec] = GeneratorSpec(
        name="toy",
        version="1",
        family="toys",
        summary="Wants a prompt.",
        domains=(Domain.NATURAL,),
        operations=("inpaint_object",),
        needs=frozenset({Need.SOURCE, Need.MASK, Need.PROMPT}),
        mask_kinds=(MaskKind.IRREGULAR,),
        scope=Scope.REGENERATED,
        terms="None.",
    )
    Options: ClassVar[type[BaseModel]] = Options

    def __init__(self, options: Any) -> None:
        self.options = options

    def forge(self, jobs: Iterable[Job]) -> Iterator[Forgery | Rejection]:
        for job in jobs:
            yield Rejection(job.job_id, "not_today")


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    class Entry:
        value, dist = "somewhere:Toy", None

        def load(self) -> type[Toy]:
            return Toy

    entries: dict[str, Any] = {**registry._entries(), "toy": Entry()}
    monkeypatch.setattr(registry, "_entries", lambda: entries)
    registry.load.cache_clear()
    yield
    registry.load.cache_clear()


def recipe(kind: str, budget: str = "null", scope: str = "as_made") -> Recipe:
    return parse_recipe(TEXT.format(prompts=kind, budget=budget, scope=scope), "prompted.yaml")


def by_model(server: LocalServer, more: str = "") -> str:
    return f"{{kind: mllm, model: seer, base_url: '{server.base_url}', api_key_env: ''{more}}}"


def planned(folder: Path, asked: Recipe) -> Run:
    """A run up to its plan."""
    run = start_run(str(folder), asked)
    for stage in (STAGES["sources"], STAGES["plan"]):
        for index in range(stage.count(run)):
            make_part(stage, run, index)
    return run


def written(run: Run) -> dict[str, prompts.WrittenRow]:
    """All prompts, by job."""
    found: dict[str, prompts.WrittenRow] = {}
    for index in range(prompts.PROMPTS.count(run)):
        make_part(prompts.PROMPTS, run, index)
        found |= prompts.prompts_of(run, index)
    return found


def counted(request: Mapping[str, Any]) -> str:
    return json.dumps({"prompt": f"a jug of {len(request['messages'][1]['content'][0]['text'])}"})


def test_a_recipe_without_a_model_has_no_parts(tmp_path: Path) -> None:
    run = planned(tmp_path / "run", recipe("{kind: templates}"))
    assert prompts.PROMPTS.count(run) == 0
    assert prompts.prompts_of(run, 0) == {}
    assert prompts.prompt_hashes(run, 0) == []


def test_each_forge_part_has_its_prompts(tmp_path: Path) -> None:
    with LocalServer(chat=counted) as server:
        run = planned(tmp_path / "run", recipe(by_model(server)))
        jobs = job_parts.part_jobs(run)
        assert prompts.PROMPTS.count(run) == len(jobs) == 3
        found = written(run)
        wanted = [row["job_id"] for part in jobs[1:] for row in part]
        assert sorted(found) == sorted(wanted)
        assert prompts.prompts_of(run, 0) == {}
        assert len(prompts.prompt_hashes(run, 1)) == 1
        for row in found.values():
            assert row.status is Status.OK
            assert row.prompt is not None
            assert row.prompt.startswith("a jug of ")
            assert row.instructions is not None
            assert row.instructions.startswith("inpaint_object-")
            assert row.model == "seer"
        assert sum(server.charged.values()) == 4
        assert all(make_part(prompts.PROMPTS, run, index).skipped for index in range(3))
        # Parts that vanish are made again from what was bought.
        for path in (tmp_path / "run" / "parts" / "prompts").iterdir():
            path.unlink()
        assert written(run) == found
        assert sum(server.charged.values()) == 4


def test_twins_share_the_prompt_of_their_elder(tmp_path: Path) -> None:
    with LocalServer(chat=counted) as server:
        run = planned(tmp_path / "run", recipe(by_model(server), scope="twins"))
        rows = [row for part in job_parts.part_jobs(run)[1:] for row in part]
        assert len(rows) == 8
        assert set(written(run)) == {r["job_id"] for r in rows if not r["composed_from"]}
        assert sum(server.charged.values()) == 4


def test_refusals_are_rejected_and_counted(tmp_path: Path) -> None:
    with LocalServer(Behaviour(refusals=1.0)) as server:
        run = planned(tmp_path / "run", recipe(by_model(server)))
        found = written(run)
        assert {row.reason for row in found.values()} == {"prompt_refused"}
        assert {row.status for row in found.values()} == {Status.REJECTED}
        assert all(row.prompt is None for row in found.values())
        counts = run.manifest(prompts.NAME, 1).counts
        assert (counts.planned, counts.rejected) == (2, 2)


def test_where_the_budget_ends_the_next_run_goes_on(tmp_path: Path) -> None:
    with LocalServer(chat=counted) as server:
        asked = by_model(server, ", dollars_per_million: [1000, 1000], concurrency: 1")
        run = planned(tmp_path / "run", recipe(asked, budget="4"))
        first = written(run)
        statuses = [row.status for row in first.values()]
        assert Status.OK in statuses
        assert Status.FAILED in statuses
        reasons = {row.reason for row in first.values() if row.status is Status.FAILED}
        assert reasons == {BUDGET_REACHED}
        paid = sum(server.charged.values())
        assert 0 < paid < 4
        richer = start_run(str(tmp_path / "run"), recipe(asked, budget="1000"))
        assert {row.status for row in written(richer).values()} == {Status.OK}
        assert sum(server.charged.values()) == 4


def test_a_new_model_writes_new_prompts(tmp_path: Path) -> None:
    with LocalServer(chat=counted) as server:
        kind = by_model(server)
        written(planned(tmp_path / "run", recipe(kind)))
        faster = recipe(kind.replace("api_key_env", "concurrency: 2, api_key_env"))
        run = planned(tmp_path / "run", faster)
        assert all(make_part(prompts.PROMPTS, run, index).skipped for index in range(3))
        other = planned(tmp_path / "run", recipe(kind.replace("seer", "sage")))
        assert {row.model for row in written(other).values()} == {"sage"}
        assert sum(server.charged.values()) == 8
