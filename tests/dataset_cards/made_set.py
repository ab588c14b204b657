"""Makes a small published set from scikit-image's pictures, true to the schema, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.features import arrow_schema, to_row
from schemas.identity import hash_bytes
from schemas.manifest import Manifest, RaterReport, Shard, StageCounts
from schemas.recipe import Recipe
from schemas.record import Record
from schemas.shortcuts import AuditReport, FeatureAuc
from schemas.vocabulary import Label
from tests.dataset_cards.made_panel import Panelist, panel_figures, with_panel
from tests.dataset_cards.made_records import FORGERS, made_records


def _write(folder: Path, config: str, split: str, records: list[Record]) -> Shard:
    path = f"data/{config}/{split}-00000-of-00001.parquet"
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist([to_row(record) for record in records], schema=arrow_schema())
    pq.write_table(table, folder / path, row_group_size=20)
    content = (folder / path).read_bytes()
    return Shard(
        path=path,
        config=config,
        split=split,
        rows=len(records),
        bytes=len(content),
        sha256=hash_bytes(content),
    )


def _recipe() -> Recipe:
    return Recipe.model_validate(
        {
            "name": "made",
            "description": "A few crops of stock photographs, each forged once in every way.",
            "sources": [{"kind": "packaged"}],
            "forge": [
                {"generator": generator, "operation": operation, "count": 6}
                for forgers in FORGERS.values()
                for generator, operation, _, _ in forgers
            ],
            "publish": {"licence": "CC0-1.0", "title": "Made of stock photographs"},
        }
    )


def made_set(folder: Path, crops: int = 3, side: int = 144, panel: Sequence[Panelist] = ()) -> Path:
    """Write the set into `folder`, without a card, and return the folder.

    With a panel, its judgements and what is found about them are in the set too.
    """
    records = made_records(crops, side)
    if panel:
        judged = with_panel((record for _, record in records), panel)
        records = [(split, record) for (split, _), record in zip(records, judged, strict=True)]
    shards = []
    for split in ("train", "validation", "test"):
        shards.append(_write(folder, "default", split, [r for s, r in records if s == split]))
    tested = [record for split, record in records if split == "test"]
    for generator in sorted({r.generator for r in tested if r.generator}):
        fakes = [r for r in tested if r.generator == generator]
        origins = {r.source_id for r in fakes}
        reals = [r for r in tested if r.sample_id in origins]
        shards.append(_write(folder, generator, "test", reals + fakes))
    fakes_made = sum(record.label is Label.FAKE for _, record in records)
    manifest = Manifest(
        counterfoil="0.1.0",
        recipe=_recipe().model_dump(mode="json"),
        stages=(
            StageCounts(
                stage="sources",
                planned=24,
                ok=18,
                rejected=6,
                failed=0,
                reasons={"near_duplicate": 4, "too_small": 2},
            ),
            StageCounts(
                stage="forge",
                planned=fakes_made + 3,
                ok=fakes_made + 1,
                rejected=1,
                failed=1,
                reasons={"no_room": 1, "out_of_memory": 1},
            ),
            StageCounts(
                stage="curate",
                planned=fakes_made + 1,
                ok=fakes_made,
                rejected=1,
                failed=0,
                reasons={"nothing_changed": 1},
            ),
            StageCounts(stage="annotate", planned=54, ok=54, rejected=0, failed=0),
        ),
        shards=tuple(shards),
        audit=AuditReport(
            auc=0.534,
            low=0.47,
            high=0.598,
            classifier="gradient-boosted trees",
            n_rows=len(records),
            n_fake=fakes_made,
            n_groups=9,
            features=(
                FeatureAuc("bytes_per_pixel", 0.541),
                FeatureAuc("width", 0.502),
                FeatureAuc("quality", 0.5),
            ),
        ),
        rater=RaterReport(
            thresholds={
                "quantile": 0.96,
                "domains": {
                    "natural": {
                        "samples": 9,
                        "pooled": False,
                        "limits": {"edges": {"unsure": 2.1, "present": 3.214}},
                    }
                },
                "overall": {
                    "samples": 1200,
                    "pooled": True,
                    "ladders": {"noise": [1.0, 2.0]},
                    "limits": {"edges": {"unsure": 2.5, "present": None}},
                },
            },
            authentic_present={"lighting": 0.03, "edges": 0.05, "texture": 0.04, "quality": 0.06},
            held_out=37,
            evidence_auc={"all": 0.71, "splice": 0.83, "copy_move": 0.64, "text_remove": 0.77},
        ),
        **(panel_figures([record for _, record in records]) if panel else {}),
        versions={"python": "3.11.9", "numpy": "2.2.6", "pillow": "13.0.0"},
    )
    (folder / "manifest.json").write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
    return folder
