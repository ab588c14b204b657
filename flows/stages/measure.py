"""Stage 6: measure every sample inside and outside its region, real and fake by the same code."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from annotation.measure import measure
from curation.codecs.chain import apply_chain
from flows.run import Run
from flows.stages import curate, forge, select, sources
from flows.stages.entering.chaining import framed, read_chains
from flows.stages.forging import job_parts
from flows.stages.judging.null_regions import borrow, hull, own_region, wants_own
from flows.stages.stage import Stage, Work
from schemas.identity import canonical_json
from schemas.picture import Codec, Mask, Picture, Pixels, Source
from schemas.region_words import bounding_region
from schemas.vocabulary import Domain, Label, Status
from storage.codecs import decode
from storage.masks import decode_mask
from storage.parts import Counts, Part

NAME = "measure"
TABLE = "measurements"
SCHEMA = pa.schema(
    {
        "sample_id": pa.string(),
        "region": pa.string(),
        "values": pa.string(),
    }
)


def _samples(run: Run, index: int) -> tuple[str, int, list[dict[str, Any]]]:
    """Label, part, and samples of a part: first come the parts of the sources, then the forged."""
    source_parts = len(sources.chunks(run))
    label = Label.REAL if index < source_parts else Label.FAKE
    part = index if index < source_parts else index - source_parts
    rows = [r for r in select.read_samples(run) if r["label"] == label and r["part"] == part]
    return label, part, rows


def _count(run: Run) -> int:
    return len(sources.chunks(run)) + len(job_parts.part_jobs(run))


def _inputs(run: Run, index: int) -> object:
    label, part, rows = _samples(run, index)
    stage = sources.NAME if label == Label.REAL else forge.NAME
    lending = sorted({row["region_part"] for row in rows if row["region_part"] is not None})
    return (
        run.recipe.seed,
        [(row["sample_id"], row["region_of"]) for row in rows],
        [framed(read_chains(row)[0]).to_json() for row in rows],
        run.manifest(stage, part).hashes(),
        [run.manifest(curate.NAME, lender).hashes() for lender in lending],
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    label, part, samples = _samples(run, index)
    regions = _regions(run, samples)
    wanted = {sample["sample_id"]: sample for sample in samples}
    rows = []
    if label == Label.REAL:
        table = run.part(sources.NAME, part).select(
            sources.TABLE, "source_id", wanted, ("source", "image", "instances")
        )
        for row in table.to_pylist():
            sample = wanted[row["source_id"]]
            picture = sources.picture_from_row(row)
            lent = regions.get(sample["region_of"])
            region = null_region(picture, lent, run.recipe.seed)
            rows.append(_measured(sample, picture.pixels, region))
    else:
        table = run.part(forge.NAME, part).select(forge.TABLE, "job_id", wanted, ("image",))
        for row in table.to_pylist():
            sample = wanted[row["job_id"]]
            chain = framed(read_chains(sample)[0])
            pixels = decode(apply_chain(chain, row["image"]).image)
            lent = regions.get(sample["region_of"])
            if sample["region_of"] != sample["sample_id"]:
                lent = null_region(_whole(sample, pixels), lent, run.recipe.seed)
            rows.append(_measured(sample, pixels, lent))
    return Work({TABLE: pa.Table.from_pylist(rows, SCHEMA)}, Counts(len(samples), len(rows)))


def _whole(sample: dict[str, Any], pixels: Pixels) -> Picture:
    """A wholly synthetic picture as one of which nothing is known but its pixels."""
    height, width = pixels.shape[:2]
    source = Source(
        source_id=sample["sample_id"],
        origin="",
        domain=Domain(sample["domain"]),
        group=sample["group_id"],
        width=width,
        height=height,
        licence="",
        attribution="",
        history=Codec("PNG"),
    )
    return Picture(source, pixels)


def null_region(picture: Picture, lent: Mask | None, seed: int) -> Mask | None:
    """Where to look where nothing was changed: at own content, or where another was forged."""
    if lent is None or wants_own(picture.source.source_id, seed):
        own = own_region(picture, seed)
        if own is not None or lent is None:
            return own
    return borrow(lent, picture.source.width, picture.source.height)


def _measured(sample: dict[str, Any], pixels: Pixels, region: Mask | None) -> dict[str, Any]:
    values: dict[str, float | None] = {}
    box = None
    if region is not None and region.any():
        # Strokes alone have no inside to measure: a rater looks at the place that they take up.
        area = hull(region) if sample["domain"] == Domain.DOCUMENT else region
        box = canonical_json(asdict(bounding_region(area)))
        values = {n: None if np.isnan(v) else float(v) for n, v in measure(pixels, area).items()}
    return {"sample_id": sample["sample_id"], "region": box, "values": canonical_json(values)}


def _regions(run: Run, samples: list[dict[str, Any]]) -> dict[str, Mask]:
    by_part: defaultdict[int, set[str]] = defaultdict(set)
    for sample in samples:
        if sample["region_of"] is not None:
            by_part[sample["region_part"]].add(sample["region_of"])
    regions = {}
    for part, ids in sorted(by_part.items()):
        table = run.part(curate.NAME, part).select(
            curate.TABLE, "job_id", ids, ("status", "observed")
        )
        for row in table.to_pylist():
            if row["status"] == Status.OK:
                regions[row["job_id"]] = decode_mask(row["observed"])
    return regions


MEASURE = Stage(NAME, _count, _inputs, _work)
