"""Every family of forger on the whole road: redrawn edits and their twins, services, imports."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from endpoints.local_behaviour import Behaviour
from endpoints.local_server import LocalServer
from flows.account import BUDGET_REACHED, LEDGER
from flows.road import STAGES
from flows.run import Run, start_run
from flows.stages import forge
from flows.stages.curate import check_forgery
from flows.stages.forging import job_parts
from flows.stages.stage import make_part
from flows.validation import validate
from schemas.features import IMAGE_COLUMNS
from schemas.recipe.curate import MaskLimits
from schemas.recipe.reading import parse_recipe
from storage.codecs import decode, encode_png
from storage.masks import decode_mask
from storage.published import open_published
from tests.flows.small import build_plainly
from tests.generators.pictures import noise, photograph

RECIPE = """\
name: families
seed: 5
sources:
  - kind: packaged
    name: stock
    domain: natural
    pictures: [chelsea, coffee, flower, rocket]
    crops: {{min_side: 160, max_side: 160, per_picture: 2}}
forge:
  - {{generator: diffusion_reconstruct, count: 3}}
  - generator: diffusion_inpaint
    operation: inpaint_object
    count: 3
    scope: twins
    masks: {{irregular: 1}}
    options: {{steps: 2}}
  - generator: diffusion_inpaint
    operation: inpaint_remove
    count: 2
    scope: spliced
    masks: {{box: 1}}
    options: {{steps: 2}}
  - generator: api_inpaint
    operation: inpaint_object
    count: 3
    scope: twins
    masks: {{box: 1}}
    mask_area: [0.06, 0.3]
    options: {{base_url: "{server}", api_key_env: "", price: {{per_image: 0.04}}}}
  - generator: import
    operation: text_to_image
    config: brought
    count: 3
    sources: [stock]
    options: {{path: "{folder}", model: unheard-of, licence: CC0-1.0}}
splits: {{train: 0.0, validation: 0.0, test: 1.0}}
budget: 5
audit: {{publish_anyway: true}}
"""


def begin(tmp: Path, server: LocalServer, **changes: Any) -> Run:
    folder = tmp / "brought"
    folder.mkdir(exist_ok=True)
    for number in range(3):
        Image.fromarray(photograph(("astronaut", "cat", "rocket")[number])).save(
            folder / f"{number}.png"
        )
    recipe = parse_recipe(RECIPE.format(server=server.base_url, folder=folder), "families.yaml")
    return start_run(str(tmp / "run"), recipe.model_copy(update=changes))


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    pytest.importorskip("torch", reason="the families need the ml extra")
    pytest.importorskip("openai", reason="services need the api extra")
    with LocalServer(Behaviour(shift=6)) as running:
        yield running


@pytest.fixture(scope="module")
def rows(server: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    run = begin(tmp_path_factory.mktemp("families"), server)
    build_plainly(str(run.folder))
    published = open_published(str(run.folder))
    assert list(validate(published)) == []
    configs = {shard.config for shard in published.manifest.shards}
    assert configs >= {"default", "diffusion_inpaint", "api_inpaint", "brought"}
    light: list[dict[str, Any]] = published.table().to_pylist()
    heavy = published.rows({row["sample_id"] for row in light}, IMAGE_COLUMNS)
    return [row | heavy[row["sample_id"]] for row in light]


def made_by(rows: list[dict[str, Any]], generator: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["generator"] == generator]


def test_whole_synthesis_has_its_domain_its_model_and_no_masks(rows: list[dict[str, Any]]) -> None:
    reconstructed = made_by(rows, "diffusion_reconstruct")
    assert len(reconstructed) == 3
    for row in reconstructed:
        assert (row["domain"], row["scope"]) == ("aigc", "full")
        assert row["mask_observed"] is None
        assert row["generator_model"] == "pocket"
        assert row["generator_autoencoder"]
        assert row["generator_released"]
        assert row["generator_terms"]
        # It is asked about as any other picture is, though no region of it was changed.
        assert len(row["annotations"]) == len(rows[0]["annotations"])


@pytest.mark.parametrize("generator", ["diffusion_inpaint", "api_inpaint"])
def test_twins_share_their_edit_and_differ_in_all_else(
    rows: list[dict[str, Any]], generator: str
) -> None:
    by_id = {row["sample_id"]: row for row in rows}
    twins = [row for row in made_by(rows, generator) if row["twin_of"]]
    assert twins
    for twin in twins:
        made, source = by_id[twin["twin_of"]], by_id[twin["source_id"]]
        assert (made["scope"], twin["scope"]) == ("regenerated", "spliced")
        assert made["source_id"] == twin["source_id"]
        assert made["prompt"] == twin["prompt"]
        pixels = decode(twin["image"]["bytes"])
        original = decode(source["image"]["bytes"])
        applied = decode_mask(twin["mask_applied"]["bytes"])
        changed = (pixels != original).any(axis=2)
        assert changed.any()
        assert not (changed & ~applied).any()


def test_what_a_service_sends_back_is_registered_and_regenerated(
    rows: list[dict[str, Any]],
) -> None:
    whole = [row for row in made_by(rows, "api_inpaint") if row["scope"] == "regenerated"]
    assert whole
    overlaps = []
    for row in whole:
        applied = decode_mask(row["mask_applied"]["bytes"])
        assert applied.shape == (row["height"], row["width"])
        overlaps.append(row["quality"]["iou_applied_observed"])
        parameters = json.loads(row["parameters"])
        assert parameters["provenance_found"]
        assert row["generator_family"]
    assert np.median(overlaps) > 0.5


def test_an_import_stands_beside_real_pictures_without_a_source(
    rows: list[dict[str, Any]],
) -> None:
    brought = made_by(rows, "import")
    assert len(brought) == 3
    assert len({row["group_id"] for row in brought}) == 3
    for row in brought:
        assert row["source_id"] is None
        assert (row["licence"], row["generator_model"]) == ("CC0-1.0", "unheard-of")


def test_groups_hold_twins_together(rows: list[dict[str, Any]]) -> None:
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["twin_of"]:
            groups[row["sample_id"]] |= {row["group_id"]}
            groups[row["sample_id"]] |= {
                other["group_id"] for other in rows if other["sample_id"] == row["twin_of"]
            }
    assert groups
    assert all(len(found) == 1 for found in groups.values())


def test_a_budget_stops_cleanly_and_nothing_is_paid_twice(
    server: LocalServer, tmp_path: Path
) -> None:
    run = begin(tmp_path, server)
    entries = (run.recipe.forge[3].model_copy(update={"scope": "as_made"}),)
    small = run.recipe.model_copy(update={"forge": entries, "budget": 0.05, "seed": 77})
    start_run(str(run.folder), small)
    run = replace(run, recipe=small)
    for stage in ("sources", "plan"):
        for index in range(STAGES[stage].count(run)):
            make_part(STAGES[stage], run, index)
    before = server.charged.total()
    counts = make_part(forge.FORGE, run, 0).manifest.counts
    # Which of three requests under way at once got the money is a matter of luck.
    assert counts.ok <= 1
    assert counts.reasons == {BUDGET_REACHED: 3 - counts.ok}
    assert server.charged.total() - before == 1
    assert any((Path(str(run.folder)) / LEDGER).rglob("ledger.sqlite"))
    raised = replace(run, recipe=small.model_copy(update={"budget": 1.0}))
    assert make_part(forge.FORGE, raised, 0).manifest.counts.ok == 3
    assert server.charged.total() - before == 3
    assert len(job_parts.part_jobs(raised)) == 1


def test_noise_that_comes_back_is_no_edit_of_its_source() -> None:
    row = {
        "job_id": "job",
        "source_id": "src",
        "scope": "regenerated",
        "image": encode_png(noise(128, 128)),
        "requested": None,
        "applied": None,
    }
    checked = check_forgery(row, photograph("coffee", 128), MaskLimits())
    assert (checked["status"], checked["reason"]) == ("rejected", "not_registered")
