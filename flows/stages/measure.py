"""Stage 6: measure every sample inside and outside its region, real and fake by the same code."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import Any

import cv2
import numpy as np
import pyarrow as pa

from annotation.measure import measure
from flows.run import Run
from flows.stages import curate, forge, select, sources
from flows.stages.stage import Stage, Work
from schemas.annotation import Region
from schemas.identity import canonical_json
from schemas.picture import Mask
from schemas.vocabulary import Label, Status
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


def bounding_region(mask: Mask) -> Region | None:
    """The box around a mask's pixels in fractions of its size; None where it has none."""
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    if not rows.size:
        return None
    height, width = mask.shape
    return Region(
        float(columns[0]) / width,
        float(rows[0]) / height,
        float(columns[-1] + 1) / width,
        float(rows[-1] + 1) / height,
    )


def borrow(mask: Mask, width: int, height: int) -> Mask:
    """A mask of another picture, scaled to this one's size by nearest neighbour."""
    if mask.shape == (height, width):
        return mask
    scaled = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return scaled.astype(np.bool_)


def _samples(run: Run, index: int) -> tuple[str, int, list[dict[str, Any]]]:
    """Label, part, and samples of a part: first come the parts of the sources, then the forged."""
    source_parts = len(sources.chunks(run))
    label = Label.REAL if index < source_parts else Label.FAKE
    part = index if index < source_parts else index - source_parts
    rows = [r for r in select.read_samples(run) if r["label"] == label and r["part"] == part]
    return label, part, rows


def _count(run: Run) -> int:
    return len(sources.chunks(run)) + len(forge.part_jobs(run))


def _inputs(run: Run, index: int) -> object:
    label, part, rows = _samples(run, index)
    stage = sources.NAME if label == Label.REAL else forge.NAME
    lending = sorted({row["region_part"] for row in rows if row["region_part"] is not None})
    return (
        [(row["sample_id"], row["region_of"]) for row in rows],
        run.manifest(stage, part).hashes(),
        [run.manifest(curate.NAME, lender).hashes() for lender in lending],
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    label, part, samples = _samples(run, index)
    regions = _regions(run, samples)
    real = label == Label.REAL
    stage, name, key = (
        (sources.NAME, sources.TABLE, "source_id") if real else (forge.NAME, forge.TABLE, "job_id")
    )
    wanted = {sample["sample_id"]: sample for sample in samples}
    table = run.part(stage, part).select(name, key, wanted, ("image",))
    rows = []
    for row in table.to_pylist():
        sample = wanted[row[key]]
        pixels = decode(row["image"])
        region = regions.get(sample["region_of"])
        values: dict[str, float | None] = {}
        box = None
        if region is not None:
            mask = borrow(region, pixels.shape[1], pixels.shape[0])
            box = bounding_region(mask)
            measured = measure(pixels, mask)
            values = {n: None if np.isnan(v) else float(v) for n, v in measured.items()}
        rows.append(
            {
                "sample_id": row[key],
                "region": None if box is None else canonical_json(asdict(box)),
                "values": canonical_json(values),
            }
        )
    return Work({TABLE: pa.Table.from_pylist(rows, SCHEMA)}, Counts(len(samples), len(rows)))


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
