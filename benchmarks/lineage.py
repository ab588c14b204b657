"""Whether curation tells a forgery of a small splice from a duplicate of its source.

Builds splices of 2, 5 and 10 % of the area through the stages of a build, and asks of each: would
a plain pHash within 8 bits have dropped it as a duplicate of its source (as a tool does that knows
nothing of lineage)? was it dropped here? was it parted from its source by a split? Run by
`make bench-lineage`. PHOTOS=folder takes photographs along; without, it has the packaged ones.
"""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict

from benchmarks.figures import Figure, report
from curation.fingerprints.phash import from_hex
from flows.road import ROAD
from flows.run import Run, open_run, start_run
from flows.stages import curate, plan, select, sources
from flows.stages.forging import job_parts
from flows.stages.select import SELECT
from flows.stages.stage import make_part
from schemas.recipe import Recipe
from schemas.vocabulary import Label, Status

AREAS = (0.02, 0.05, 0.10)
EACH = 120
RADIUS = 8


def recipe(photos: str | None) -> Recipe:
    """Three quotas of splices over photographs; every split gets its share."""
    crops = {"min_side": 320, "max_side": 512, "per_picture": 10}
    sources: list[dict[str, object]] = [{"kind": "packaged", "domain": "natural", "crops": crops}]
    if photos:
        sources.append({"kind": "folder", "path": photos, "crops": crops | {"per_picture": 2}})
    forge = [
        {"generator": "splice", "count": EACH, "mask_area": (area * 0.95, area * 1.05)}
        for area in AREAS
    ]
    plain = {"name": "lineage", "seed": 11, "sources": sources, "forge": forge}
    return Recipe.model_validate(plain | {"splits": {"train": 0.6, "validation": 0.2, "test": 0.2}})


def curated(run: Run) -> None:
    """Run the stages up to the selection, in this process."""
    for stage in (stage for step in ROAD for stage in step.stages):
        for index in range(stage.count(run)):
            make_part(stage, run, index)
        if stage is SELECT:
            return


def measure() -> tuple[Figure, ...]:
    """A figure for what a plain radius would drop, one for what was dropped, one for the splits."""
    with tempfile.TemporaryDirectory(prefix="counterfoil-bench-") as folder:
        start_run(folder, recipe(os.environ.get("PHOTOS")))
        run = open_run(folder)
        curated(run)
        kept = plan.read_plan(run).kept.to_pylist()
        origins = {row["source_id"]: row for row in kept if row["status"] == Status.OK}
        prints = _source_prints(run)
        samples = run.part(select.NAME).read(select.TABLE).to_pylist()
        checked = {
            row["job_id"]: row
            for part in range(len(job_parts.part_jobs(run)))
            for row in run.part(curate.NAME, part)
            .read(curate.TABLE, ("job_id", "status", "fingerprint"))
            .to_pylist()
        }
    fakes = [row for row in samples if row["label"] == Label.FAKE]
    made_of = {row["sample_id"]: row["source_id"] for row in samples}
    alike: defaultdict[int, list[bool]] = defaultdict(list)
    dropped = parted = 0
    for row in fakes:
        distance = from_hex(checked[row["sample_id"]]["fingerprint"]) ^ prints[row["source_id"]]
        alike[row["entry"]].append(distance.bit_count() <= RADIUS)
        dropped += row["kept_for"] is not None and made_of[row["kept_for"]] == row["source_id"]
        parted += row["split"] != origins[row["source_id"]]["split"]
    plainly = ", ".join(f"{sum(alike[e]) / len(alike[e]):.0%}" for e in sorted(alike))
    return (
        Figure(
            "splices of 2, 5 and 10 % that a plain pHash within 8 bits would drop",
            "78, 54, 32 % on other pictures",
            plainly,
            True,
        ),
        Figure(
            f"of {len(fakes)} splices, dropped for their source or another splice of it",
            "0",
            str(dropped),
            dropped == 0,
        ),
        Figure("parted from their source by a split", "0", str(parted), parted == 0),
    )


def _source_prints(run: Run) -> dict[str, int]:
    found = {}
    for part in range(len(sources.chunks(run))):
        rows = run.part(sources.NAME, part).read(sources.TABLE, ("source_id", "fingerprint"))
        for row in rows.to_pylist():
            if row["source_id"] is not None:
                found[row["source_id"]] = from_hex(row["fingerprint"])
    return found


if __name__ == "__main__":
    print(report("lineage", measure()))
