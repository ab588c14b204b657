"""Stage 4: compute what really changed in every forgery, and let the gate decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.fingerprints.phash import fingerprint, to_hex
from curation.masks.gate import check
from curation.masks.observed import NoiseFloor, Observation, agreement, observe
from curation.masks.registration import place, register
from curation.quality_figures import quality
from flows.run import Run
from flows.stages import forge
from flows.stages.entering.looks import embeddings
from flows.stages.forging import job_parts
from flows.stages.forging.pictures import load_pictures, source_hashes
from flows.stages.stage import OUTCOME, Stage, Work
from schemas.identity import canonical_json
from schemas.picture import Mask, Picture, Pixels
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
        "embedding": pa.list_(pa.float16()),
        "quality": pa.string(),
        "has_region": pa.bool_(),
        "requested": pa.binary(),
        "applied": pa.binary(),
        "observed": pa.binary(),
    }
)


def check_forgery(row: dict[str, Any], source: Pixels | None, limits: MaskLimits) -> dict[str, Any]:
    """The curated row of one forged row: its masks, its figures, and whether it enters.

    The masks are of the image's own size: those of a redrawn picture that came back moved or in
    another size are taken into its frame.
    """
    image, scope = decode(row["image"]), Scope(row["scope"])
    applied, requested = _mask(row["applied"]), _mask(row["requested"])
    seen = None
    if scope is Scope.FULL:
        source = None
    elif source is None:
        # An import: what it says of its masks cannot be held against anything.
        scope = Scope.FULL
    if source is not None and (scope is Scope.REGENERATED or source.shape == image.shape):
        noise, registration = NoiseFloor.NONE, None
        if scope is Scope.REGENERATED:
            noise, registration = NoiseFloor.MODEL, register(source, image)
            applied = None if applied is None else place(applied, registration)
            requested = None if requested is None else place(requested, registration)
        seen = observe(source, image, applied, noise=noise, registration=registration)
    size = None if source is None else (source.shape[0], source.shape[1])
    findings = check(image, seen, scope, limits, source_size=size)
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
        "embedding": None,
        "quality": canonical_json(_figures(image, seen, requested, applied)),
        "has_region": seen is not None,
        "requested": None if requested is None else encode_mask(requested),
        "applied": None if applied is None else encode_mask(applied),
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


def _pixels(pictures: Mapping[str, Picture], source_id: str | None) -> Pixels | None:
    return None if source_id is None else pictures[source_id].pixels


def _forged(run: Run, index: int) -> pa.Table:
    table = run.part(forge.NAME, index).read(forge.TABLE)
    return table.filter(pc.equal(table["status"], Status.OK.value))


def _inputs(run: Run, index: int) -> object:
    ids = job_parts.job_sources(job_parts.part_jobs(run)[index])
    return (
        run.recipe.curation.masks.model_dump(mode="json"),
        run.recipe.curation.duplicates.model_dump(mode="json", include={"embeddings"}),
        run.manifest(forge.NAME, index).hashes(),
        source_hashes(run, job_parts.source_places(run), ids),
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    forged = _forged(run, index).to_pylist()
    ids = sorted({row["source_id"] for row in forged if row["source_id"] is not None})
    pictures = load_pictures(run, job_parts.source_places(run), ids)
    rows = [
        check_forgery(row, _pixels(pictures, row["source_id"]), run.recipe.curation.masks)
        for row in forged
    ]
    if run.recipe.curation.duplicates.embeddings:
        images = (decode(row["image"]) for row in forged)
        seen = embeddings(images, run.recipe.curation.duplicates)
        for row, embedding in zip(rows, seen, strict=True):
            row["embedding"] = embedding
    counts = count_outcomes((row["status"], row["reason"]) for row in rows)
    return Work({TABLE: pa.Table.from_pylist(rows, SCHEMA)}, counts)


CURATE = Stage(NAME, lambda run: len(job_parts.part_jobs(run)), _inputs, _work)
