"""`validate` finds every broken contract, and nothing in a sound set."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from PIL import Image

from curation.contamination.canary import canary_guid
from flows.commands.canaries import run_canaries
from flows.run import Run
from flows.validation import validate
from schemas.features import arrow_schema
from schemas.manifest import Manifest
from storage.codecs import decode, encode_png
from storage.files import hash_file, location
from storage.masks import decode_mask, encode_mask
from storage.published import PublishedSet, open_published

Row = dict[str, Any]


def test_a_built_set_keeps_every_contract(built: Run) -> None:
    published = open_published(str(built.folder))
    rows: list[int] = []
    assert list(validate(published, rows.append)) == []
    assert sum(rows) == sum(shard.rows for shard in published.manifest.shards)


@pytest.fixture
def copy(built: Run, tmp_path: Path) -> PublishedSet:
    shutil.copytree(Path(built.dataset.path), tmp_path / "set")
    return open_published(str(tmp_path / "set"))


def rewrite(published: PublishedSet, change: Callable[[list[Row]], None]) -> PublishedSet:
    """The set with its first default shard changed, and a manifest that knows the new file."""
    shard = next(published.shards())
    path = Path((published.folder / shard.path).path)
    rows = pq.read_table(path).to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, arrow_schema()), path)
    new = shard.model_copy(update={"sha256": hash_file(location(path)), "rows": len(rows)})
    shards = tuple(new if s == shard else s for s in published.manifest.shards)
    return PublishedSet(published.folder, published.manifest.model_copy(update={"shards": shards}))


def first(rows: list[Row], **wanted: Any) -> Row:
    return next(row for row in rows if all(row[key] == value for key, value in wanted.items()))


def outside_pixel(rows: list[Row]) -> None:
    row = first(rows, scope="spliced")
    pixels = decode(row["image"]["bytes"]).copy()
    y, x = np.argwhere(~decode_mask(row["mask_applied"]["bytes"]))[0]
    pixels[y, x] ^= 1
    row["image"] = {"bytes": encode_png(pixels), "path": None}


def small_mask(rows: list[Row]) -> None:
    row = first(rows, scope="spliced")
    mask = np.ones((8, 8), np.bool_)
    row["mask_observed"] = {"bytes": encode_mask(mask), "path": None}


def grey_mask(rows: list[Row]) -> None:
    row = first(rows, scope="spliced")
    buffer = io.BytesIO()
    Image.new("L", (row["width"], row["height"])).save(buffer, format="PNG")
    row["mask_applied"] = {"bytes": buffer.getvalue(), "path": None}


def torn_group(rows: list[Row]) -> None:
    rows[0]["group_id"] = "grp-torn"


def other_group(rows: list[Row]) -> None:
    rows[0]["sample_id"] = rows[1]["sample_id"]


def lost_source(rows: list[Row]) -> None:
    first(rows, label=1)["source_id"] = "src-nowhere"


def masked_real(rows: list[Row]) -> None:
    row = first(rows, label=0)
    mask = np.ones((row["height"], row["width"]), np.bool_)
    row["mask_applied"] = {"bytes": encode_mask(mask), "path": None}


def no_seed(rows: list[Row]) -> None:
    first(rows, label=1)["seed"] = None


def turned_reasoning(rows: list[Row]) -> None:
    first(rows, label=1)["reasoning"] = first(rows, label=0)["reasoning"]


def unstructured_reasoning(rows: list[Row]) -> None:
    rows[0]["reasoning"] = "Because it looks odd."


def wrong_codec(rows: list[Row]) -> None:
    rows[0]["codec"]["format"] = "WEBP"


def wrong_width(rows: list[Row]) -> None:
    rows[0]["width"] += 1


def wrong_fingerprint(rows: list[Row]) -> None:
    rows[0]["fingerprint"] = "0" * 16


def foreign_row(rows: list[Row]) -> None:
    rows[0]["attributes"][0]["rows"] = ["annotation-nowhere"]


def unknown_attribute(rows: list[Row]) -> None:
    rows[0]["annotations"][0]["attribute"] = "vibes"


def lost_row(rows: list[Row]) -> None:
    del rows[-1]


def broken_image(rows: list[Row]) -> None:
    rows[0]["image"] = {"bytes": b"not a picture", "path": None}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (outside_pixel, "pixels outside its applied mask"),
        (small_mask, "mask_observed is not of its image's size"),
        (grey_mask, "one-bit PNG"),
        (other_group, "occurs twice"),
        (lost_source, "source_id src-nowhere is not in the set"),
        (masked_real, "is real but has mask_applied"),
        (no_seed, "is a forgery without seed"),
        (turned_reasoning, "the reasoning concludes real"),
        (unstructured_reasoning, "not in its four tags"),
        (wrong_codec, "is stored as PNG, not WEBP"),
        (wrong_width, "not as its columns say"),
        (wrong_fingerprint, "the fingerprint is not that of its image"),
        (foreign_row, "names rows that are not there"),
        (unknown_attribute, "unknown attribute 'vibes'"),
        (lost_row, "samples were selected but"),
        (broken_image, "could not be decoded"),
    ],
)
def test_it_finds(copy: PublishedSet, change: Callable[[list[Row]], None], words: str) -> None:
    problems = [problem.what for problem in validate(rewrite(copy, change))]
    assert any(words in problem for problem in problems), problems


def test_it_finds_a_group_in_two_splits(copy: PublishedSet) -> None:
    for split in ("train", "test"):
        shard = next(copy.shards(split=split))
        path = Path((copy.folder / shard.path).path)
        rows = pq.read_table(path).to_pylist()
        torn_group(rows)
        pq.write_table(pa.Table.from_pylist(rows, arrow_schema()), path)
    assert any("lies in several splits: test, train" in p.what for p in validate(copy))


def test_it_finds_a_file_that_was_touched_or_lost(copy: PublishedSet) -> None:
    shard = next(copy.shards())
    (copy.folder / "README.md").unlink()
    path = Path((copy.folder / shard.path).path)
    path.write_bytes(path.read_bytes() + b"\0")
    found = {(problem.where, problem.what) for problem in validate(copy)}
    assert ("README.md", "is missing") in found
    assert any(where == shard.path and "SHA-256" in what for where, what in found)


def test_outcomes_that_do_not_add_up_are_found(copy: PublishedSet) -> None:
    plain = copy.manifest.model_dump()
    plain["stages"][0]["ok"] += 1
    broken = PublishedSet(copy.folder, Manifest.model_validate(plain))
    assert any("planned is not ok + rejected + failed" in p.what for p in validate(broken))


def test_it_finds_shards_without_the_canary(copy: PublishedSet) -> None:
    problems = [problem.what for problem in validate(rewrite(copy, lambda rows: None))]
    assert len(problems) == 1
    assert problems[0].endswith("does not bear the set's canary")


def test_a_leaked_set_is_found_by_its_canary(
    built: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit):
        run_canaries(str(built.dataset))
    guid = canary_guid("small", 3)
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(line.startswith(guid) for line in lines)
    run_canaries(str(tmp_path))
    assert "No canary" in capsys.readouterr().out
