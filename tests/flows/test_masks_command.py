"""The audit of masks as a command: of a run with what the gate refused, and of any other set."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from flows.commands.masks import quarantined, run_masks
from flows.run import Run, open_run, start_run
from flows.stages.curate import CURATE
from flows.stages.stage import make_part
from schemas.recipe.curate import MaskLimits
from storage.codecs import encode_png
from storage.masks import encode_mask


def test_a_run_is_audited_and_drawn(
    built: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_masks(str(built.folder), tmp_path / "out", 2000, None, None)
    said = capsys.readouterr().out
    assert "small: masks" in said
    assert "splice" in said
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"masks.md", "mask_sizes.png", "mask_places.png", "object_bias.png"} <= names
    assert "![" in (tmp_path / "out" / "masks.md").read_text()


def test_what_the_gate_refused_can_be_looked_at(built: Run, tmp_path: Path) -> None:
    shutil.copytree(Path(built.folder.path), tmp_path / "strict")
    limits = MaskLimits(min_changed_area=0.02)
    curation = built.recipe.curation.model_copy(update={"masks": limits})
    folder = str(tmp_path / "strict")
    start_run(folder, built.recipe.model_copy(update={"curation": curation}))
    run = open_run(folder)
    for part in range(CURATE.count(run)):
        make_part(CURATE, run, part)
    refused = list(quarantined(run))
    assert {one.reason for one in refused} == {"no_op"}
    assert all("at least 2.00%" in one.detail for one in refused)
    assert all(one.source is not None and one.observed is not None for one in refused)
    run_masks(folder, tmp_path / "out", 50, None, None)
    with Image.open(io.BytesIO((tmp_path / "out" / "quarantine.jpg").read_bytes())) as sheet:
        assert sheet.width == 1600


def test_any_set_with_a_column_of_masks_will_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(1)
    rows = []
    for number in range(6):
        pixels = rng.integers(0, 256, (96, 96, 3), np.uint8)
        mask = np.zeros((96, 96), np.bool_)
        mask[20 + number : 50, 10:60] = True
        rows.append(
            {
                "image": {"bytes": encode_png(pixels), "path": None},
                "tampered": {"bytes": encode_mask(mask), "path": None},
                "operation": "splice",
                "scene": str(number // 2),
            }
        )
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "columbia.parquet")
    run_masks(str(tmp_path / "columbia.parquet"), None, 4, "tampered", "scene")
    said = capsys.readouterr().out
    assert "columbia.parquet: masks" in said
    assert " 4 " in said
