"""Stage 4: compute what really changed in every forgery, and let the gate decide."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.fingerprint import fingerprint, to_hex
from curation.observed_mask import Observation, agreement, observe
from curation.quality_figures import quality
from curation.quality_gate import check
from flows.run import Run
from flows.stages import forge
from flows.stages.pictures import load_pictures, source_hashes
from flows.stages.stage import OUTCOME, Stage, Work
from schemas.identity import canonical_json
from schemas.picture import Mask, Pixels
from schemas.recipe.curate import MaskLimits
from schemas.record import Quality
from schemas.vocabulary import Scope, Status
from storage.codecs import decode
from storage.masks import decode_mask, encode_mask
from storage.parts import Part, count_outcomes

NAME = "curate"
TABLE = "checked"
SCHEMA = pa.schema(
    {
        **OUTCOME,
        "job_id": pa.string(),
        "source_id": pa.string(),
        "width": pa.int32(),
        "height": pa.int32(),
        "fingerprint": pa.string(),
        "quality": pa.string(),
        "observed": pa.binary(),
    }
)


def check_forgery(row: dict[str, Any], source: Pixels, limits: MaskLimits) -> dict[str, Any]:
    """The curated row of one forged row: its observed mask, its figures, and whether it enters."""
    image = decode(row["image"])
    applied, requested = _mask(row["applied"]), _mask(row["requested"])
    same_size = image.shape == source.shape
    seen = observe(source, image, applied) if same_size else None
    findings = check(
        image, seen, Scope(row["scope"]), limits, source_size=(source.shape[0], source.shape[1])
    )
    first = findings[0] if findings else None
    return {
        "status": Status.REJECTED if first else Status.OK,
        "reason": first.reason if first else None,
        "detail": first.detail if first else None,
        "job_id": row["job_id"],
        "source_id": row["source_id"],
        "width": image.shape[1],
        "height": image.shape[0],
        "fingerprint": to_hex(fingerprint(image)),
        "quality": canonical_json(_figures(image, seen, requested, applied)),
        "observed": None if seen is None else encode_mask(seen.mask),
    }


def _mask(data: bytes | None) -> Mask | None:
    return None if data is None else decode_mask(data)


def _figures(
    image: Pixels, seen: Observation | None, requested: Mask | None, applied: Mask | None
) -> dict[str, Any]:
    figures = asdict(Quality(**asdict(quality(image))))
    if seen is not None:
        figures |= {
            "changed_area": seen.changed_area,
            "applied_area": seen.applied_area,
            "applied_changed": seen.applied_changed,
            "outside": seen.outside,
            "magnitude": seen.magnitude,
        }
        alike = agreement(requested, applied, seen.mask)
        figures |= {f"iou_{name}": value for name, value in asdict(alike).items()}
    return figures


def _forged(run: Run, index: int) -> pa.Table:
    table = run.part(forge.NAME, index).read(forge.TABLE)
    return table.filter(pc.equal(table["status"], Status.OK.value))


def _inputs(run: Run, index: int) -> object:
    ids = forge.job_sources(forge.part_jobs(run)[index])
    return (
        run.recipe.curation.masks.model_dump(mode="json"),
        run.manifest(forge.NAME, index).hashes(),
        source_hashes(run, forge.source_places(run), ids),
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    forged = _forged(run, index).to_pylist()
    ids = sorted({row["source_id"] for row in forged})
    pictures = load_pictures(run, forge.source_places(run), ids)
    rows = [
        check_forgery(row, pictures[row["source_id"]].pixels, run.recipe.curation.masks)
        for row in forged
    ]
    counts = count_outcomes((row["status"], row["reason"]) for row in rows)
    return Work({TABLE: pa.Table.from_pylist(rows, SCHEMA)}, counts)


CURATE = Stage(NAME, lambda run: len(forge.part_jobs(run)), _inputs, _work)
