"""A build that is told what to keep out, what to hold out and how to store what stays."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from curation.contamination.hash_lists import HashList, write_hash_list
from curation.fingerprints.phash import from_hex
from curation.takedown.listing import append_tombstones
from flows.run import Run, start_run
from flows.stages import plan, select
from flows.validation import validate
from schemas.recipe.curate import Benchmark
from schemas.recipe.splits import HoldOut
from schemas.recipe.storing import CodecPolicy
from schemas.tombstones import Tombstone
from storage.files import location
from storage.published import PublishedSet, open_published
from tests.flows.small import build_plainly, small_recipe

Row = dict[str, Any]
COLUMNS = ("sample_id", "label", "source_id", "second_source_id", "fingerprint", "operation")


@pytest.fixture(scope="module")
def before(built: Run) -> list[Row]:
    """The rows of the small set as it is without any of this."""
    rows: list[Row] = open_published(str(built.folder)).table(COLUMNS).to_pylist()
    return rows


@pytest.fixture(scope="module")
def taken(before: list[Row]) -> Row:
    """The real picture that most forgeries were made from: it is taken down."""
    used = Counter(row["source_id"] for row in before if row["label"] == 1)
    most = min(used, key=lambda name: (-used[name], name))
    return next(row for row in before if row["sample_id"] == most)


@pytest.fixture(scope="module")
def tested(before: list[Row], taken: Row) -> Row:
    """Another real picture, which stands in somebody's benchmark."""
    return next(r for r in before if r["label"] == 0 and r["sample_id"] != taken["sample_id"])


@pytest.fixture(scope="module")
def run(built: Run, taken: Row, tested: Row, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("screened")
    stones, hashes = folder / "tombstones.jsonl", folder / "casia.parquet"
    stone = Tombstone(source_id=taken["sample_id"], reason="asked for", date="2026-01-01")
    append_tombstones(str(stones), [stone])
    look = np.array([from_hex(tested["fingerprint"]) ^ 0b101], np.uint64)
    write_hash_list(location(hashes), HashList("casia", pa.array(["Au/1.jpg"]), look))
    whole = small_recipe()
    recipe = whole.model_copy(
        update={
            "curation": whole.curation.model_copy(
                update={
                    "tombstones": str(stones),
                    "contamination": (Benchmark(name="CASIA", path=str(hashes)),),
                }
            ),
            "codec": CodecPolicy(policy="matched"),
            "splits": whole.splits.model_copy(
                update={
                    "method": "hashed",
                    "like": str(built.folder),
                    "hold_out": (HoldOut(operation="stamp"),),
                }
            ),
        }
    )
    start_run(str(folder / "run"), recipe)
    return build_plainly(str(folder / "run"))


@pytest.fixture(scope="module")
def published(run: Run) -> PublishedSet:
    return open_published(str(run.folder))


def test_what_was_taken_down_is_gone_with_all_that_was_made_from_it(
    run: Run, published: PublishedSet, taken: Row
) -> None:
    rows = published.table(COLUMNS).to_pylist()
    gone = taken["sample_id"]
    assert all(gone not in (r["sample_id"], r["source_id"], r["second_source_id"]) for r in rows)
    kept = {row["source_id"]: row for row in plan.read_plan(run).kept.to_pylist()}
    assert kept[gone]["reason"] == "taken_down"
    assert "asked for (2026-01-01)" in kept[gone]["detail"]


def test_a_picture_of_a_benchmark_is_left_out_and_the_card_says_so(
    run: Run, published: PublishedSet, tested: Row
) -> None:
    kept = {row["source_id"]: row for row in plan.read_plan(run).kept.to_pylist()}
    assert kept[tested["sample_id"]]["reason"] == "in_benchmark"
    assert kept[tested["sample_id"]]["detail"] == "2 bits from Au/1.jpg of CASIA"
    (figures,) = published.manifest.contamination
    assert (figures.name, figures.pictures, figures.sources) == ("CASIA", 1, 1)
    card = (published.folder / "README.md").read_text()
    assert "| CASIA | 1 | 1 |" in card
    assert published.manifest.canary in card


def test_what_is_held_out_is_tested_on_alone(published: PublishedSet) -> None:
    rows = published.table(("operation", "split")).to_pylist()
    assert {row["split"] for row in rows if row["operation"] == "stamp"} == {"test"}
    assert {row["split"] for row in rows if row["operation"] != "stamp"} == {"train", "test"}


def test_pictures_of_the_earlier_set_keep_their_split(built: Run, published: PublishedSet) -> None:
    def splits(found: PublishedSet) -> dict[str, str]:
        rows = found.table(("sample_id", "label")).to_pylist()
        return {row["sample_id"]: row["split"] for row in rows if row["label"] == 0}

    earlier, now = splits(open_published(str(built.folder))), splits(published)
    both = earlier.keys() & now.keys()
    assert len(both) > 8
    assert {name: earlier[name] for name in both} == {name: now[name] for name in both}


def test_a_forgery_is_stored_as_its_source_is(run: Run, published: PublishedSet) -> None:
    columns = ("sample_id", "label", "source_id", "codec", "width", "height")
    rows = {row["sample_id"]: row for row in published.table(columns).to_pylist()}
    forged = [row for row in rows.values() if row["label"] == 1]
    assert forged
    for row in forged:
        source = rows[row["source_id"]]
        assert row["codec"] == source["codec"]
        assert (row["width"], row["height"]) == (source["width"], source["height"])
    assert {row["codec"]["format"] for row in rows.values()} == {"JPEG", "PNG"}


def test_the_set_keeps_its_contracts(published: PublishedSet) -> None:
    assert list(validate(published)) == []


def test_it_is_on_record_for_whom_a_picture_went(run: Run) -> None:
    samples = run.part(select.NAME).read(select.TABLE).to_pylist()
    for row in [*plan.read_plan(run).kept.to_pylist(), *samples]:
        assert (row["kept_for"] is not None) == (row["reason"] == "near_duplicate")
