"""Language models judge a set: rows, checks, a judge, consensus, and a budget that ends."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annotation.mllm.pretending import Pretender
from endpoints.errors import EndpointError
from endpoints.local_behaviour import Behaviour
from endpoints.local_server import LocalServer
from flows.account import turn_at
from flows.commands.build import check_raters
from flows.run import Run, open_run, start_run
from flows.stages import rate, referee
from flows.stages.stage import make_part
from schemas.attributes import ATTRIBUTES_BY_ID, WHOLE
from schemas.errors import StorageError
from schemas.recipe import Recipe
from schemas.recipe.reading import parse_recipe
from storage.published import open_published
from tests.flows.small import TEXT, build_plainly

RATERS = """
annotation:
  cues: [light, anatomy]
  raters:
    - {{kind: measured}}
    - {{kind: mllm, name: looker, family: one, model: looker-1, mode: blind, captions: true,
       base_url: "{url}", api_key_env: "", dollars_per_million: [1, 4], share: 0.7}}
    - {{kind: mllm, name: knower, family: two, model: knower-2, mode: grounded, answers: text,
       base_url: "{url}", api_key_env: "", dollars_per_million: [1, 4], splits: [test]}}
  judge: {{family: three, model: judge-3, share: 0.5, swapped: 1.0,
       base_url: "{url}", api_key_env: "", dollars_per_million: [0, 0]}}
"""


def recipe(url: str, **more: Any) -> Recipe:
    parsed = parse_recipe(TEXT + RATERS.format(url=url), "rated.yaml")
    return parsed.model_copy(update=more)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    behaviour = Behaviour(refusals=0.06, malformed=0.04, rate_limits=0.1)
    with LocalServer(behaviour, chat=Pretender(errors=0.1)) as running:
        yield running


@pytest.fixture(scope="module")
def rated(server: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = str(tmp_path_factory.mktemp("rated") / "run")
    start_run(folder, recipe(server.base_url))
    return build_plainly(folder)


def rows_of(run: Run) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = open_published(str(run.folder)).table().to_pylist()
    return rows


def outcomes_of(run: Run) -> list[dict[str, Any]]:
    return [
        row
        for part in range(len(rate.stretches(run)))
        for row in run.part(rate.NAME, part).read(rate.OUTCOMES).to_pylist()
    ]


def test_every_picture_that_a_rater_is_given_has_six_rows_or_a_reason(rated: Run) -> None:
    published = {row["sample_id"]: row for row in rows_of(rated)}
    for part, stretch in enumerate(rate.stretches(rated)):
        outcomes = rated.part(rate.NAME, part).read(rate.OUTCOMES).to_pylist()
        assert [row["sample_id"] for row in outcomes] == list(stretch.sample_ids)
        for outcome in outcomes:
            said = [
                note["attribute"]
                for note in published[outcome["sample_id"]]["annotations"]
                if note["rater"] == stretch.rater.name
            ]
            if outcome["status"] == "ok":
                assert sorted(said) == sorted([*ATTRIBUTES_BY_ID, WHOLE])
            else:
                assert said == []
                assert outcome["reason"]
                assert outcome["detail"]
    reasons = Counter(row["reason"] for row in outcomes_of(rated))
    assert reasons[None] > 5
    assert set(reasons) - {None} <= {"refused", "refused_by_moderation", "answer_unusable"}


def test_what_became_of_every_question_stands_in_the_manifest(rated: Run) -> None:
    stages = {one.stage: one for one in open_published(str(rated.folder)).manifest.stages}
    outcomes = outcomes_of(rated)
    assert stages["rate"].planned == len(outcomes)
    assert stages["rate"].ok == sum(row["status"] == "ok" for row in outcomes)
    assert sum(stages["rate"].reasons.values()) == stages["rate"].rejected
    assert stages["referee"].planned > 0


def test_a_blind_rater_is_told_nothing_and_a_grounded_one_where(rated: Run) -> None:
    modes = {
        (note["rater"], note["mode"], note["rater_family"])
        for row in rows_of(rated)
        for note in row["annotations"]
    }
    assert modes == {
        ("measured", "informed", ""),
        ("looker", "blind", "one"),
        ("knower", "grounded", "two"),
    }
    for row in rows_of(rated):
        versions = {n["prompt_version"] for n in row["annotations"] if n["rater"] == "looker"}
        assert len(versions) <= 1


def test_captions_come_from_a_rater_where_none_came_with_the_source(rated: Run) -> None:
    written = {row["caption"] for row in outcomes_of(rated) if row["caption"]}
    assert written
    assert written & {row["caption"] for row in rows_of(rated)}


def test_texts_are_checked_and_the_card_says_how_they_fared(rated: Run) -> None:
    checks = [note["checks"] for row in rows_of(rated) for note in row["annotations"]]
    assert all(check is not None for check in checks)
    assert {check["judged"] for check in checks} >= {"supported", "unsupported", None}
    assert any(check["swapped"] for check in checks)
    manifest = open_published(str(rated.folder)).manifest
    by_rater = {figures.rater: figures for figures in manifest.texts}
    assert set(by_rater) == {"measured", "looker", "knower"}
    assert by_rater["looker"].judged > 0
    assert by_rater["measured"].judged == 0
    assert manifest.agreement is not None
    assert "mllm/mllm" in manifest.agreement.panels()


def test_the_consensus_names_rows_of_several_raters(rated: Run) -> None:
    raters: set[str] = set()
    for row in rows_of(rated):
        by_id = {note["annotation_id"]: note["rater"] for note in row["annotations"]}
        for attribute in row["attributes"]:
            raters |= {by_id[name] for name in attribute["rows"]}
    # The measured rater is unsure of all: so small a set does not tell it what is ordinary.
    assert raters == {"looker", "knower"}


def test_asking_again_skips_and_a_lost_part_costs_nothing(rated: Run, server: LocalServer) -> None:
    before = server.charged.total()
    assert make_part(rate.RATE, rated, 0).skipped
    manifest = rated.part(rate.NAME).manifest()
    assert manifest is not None
    Path(rated.part(rate.NAME).manifest_path.path).unlink()
    again = make_part(rate.RATE, rated, 0)
    assert not again.skipped
    assert again.manifest.hashes() == manifest.hashes()
    assert make_part(referee.REFEREE, rated, 0).skipped
    assert server.charged.total() == before


def test_a_budget_ends_the_rating_and_a_larger_one_goes_on(
    server: LocalServer, tmp_path: Path, rated: Run
) -> None:
    first = rated.part(rate.NAME).read(rate.OUTCOMES, ("dollars",)).to_pylist()
    half = sum(row["dollars"] or 0.0 for row in first) / 2
    poor = start_run(str(tmp_path / "poor"), recipe(server.base_url, budget=half))
    shutil.copytree(Path(rated.parts.path), Path(poor.parts.path))
    shutil.rmtree(Path(poor.parts.path) / rate.NAME)
    before = server.charged
    made = make_part(rate.RATE, poor, 0)
    assert made.manifest.counts.reasons["budget_reached"] > 0
    assert (server.charged - before).total() > 0
    rich = start_run(str(tmp_path / "poor"), recipe(server.base_url, budget=50.0))
    finished = make_part(rate.RATE, rich, 0)
    assert finished.manifest.counts.failed == 0
    assert finished.manifest.counts.ok == rated.manifest(rate.NAME).counts.ok
    assert set((server.charged - before).values()) == {1}


def test_parts_side_by_side_keep_to_the_concurrency_together(rated: Run) -> None:
    looker, knower = rated.recipe.annotation.mllm
    with turn_at(looker):
        assert turn_at(looker).locked()
        assert not turn_at(knower).locked()


def test_a_missing_key_is_told_before_anything_is_forged(
    rated: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    looker = rated.recipe.annotation.mllm[0].model_copy(update={"api_key_env": "NO_SUCH_KEY"})
    annotation = rated.recipe.annotation.model_copy(update={"raters": (looker,)})
    lacking = rated.recipe.model_copy(update={"annotation": annotation})
    with pytest.raises(EndpointError, match="NO_SUCH_KEY is not set"):
        check_raters(start_run(str(tmp_path / "fresh"), lacking))
    # Where the pictures are made, what was bought already wants no key.
    check_raters(Run(rated.folder, lacking))


def test_a_folder_without_a_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="holds no run"):
        open_run(str(tmp_path))


def test_a_rater_may_be_asked_by_batches(server: LocalServer, rated: Run, tmp_path: Path) -> None:
    looker = rated.recipe.annotation.mllm[0].model_copy(
        update={"batch": True, "name": "slow", "model": "looker-9"}
    )
    annotation = rated.recipe.annotation.model_copy(update={"raters": (looker,), "judge": None})
    recipe = rated.recipe.model_copy(update={"annotation": annotation})
    run = start_run(str(tmp_path / "batched"), recipe)
    shutil.copytree(Path(rated.parts.path), Path(run.parts.path))
    shutil.rmtree(Path(run.parts.path) / rate.NAME)
    made = make_part(rate.RATE, run, 0)
    assert made.manifest.counts.ok > 0
    assert made.manifest.counts.failed == 0
    slow, live = (one.part(rate.NAME).read(rate.OUTCOMES).to_pylist() for one in (run, rated))
    assert {row["rater"] for row in slow} == {"slow"}
    spent = [sum(row["dollars"] or 0.0 for row in rows) for rows in (slow, live)]
    assert spent[0] < 0.75 * spent[1]
    assert make_part(rate.RATE, run, 0).skipped
