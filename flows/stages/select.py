"""Stage 5: decide over the whole set what enters it: duplicates, groups, splits, null regions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from curation.duplicates.keeping import keep_one
from curation.fingerprints.phash import from_hex
from curation.splitting.groups import bonded
from curation.splitting.splits import prove_disjoint
from flows.run import Run
from flows.stages import curate, plan
from flows.stages.entering.admission import prove_held_out, screen_forgeries
from flows.stages.entering.chaining import add_chains
from flows.stages.entering.known import read_known
from flows.stages.entering.lending import lend_regions
from flows.stages.entering.screening import NEAR_DUPLICATE, Refusal, screening_inputs
from flows.stages.entering.surplus import leave_out_surplus, match_topics
from flows.stages.forging import job_parts
from flows.stages.plan import MET_SCHEMA
from flows.stages.stage import OUTCOME, Stage, Work
from generators.planning.prompt_homes import plain_prompt
from schemas.recipe.curate import Curation
from schemas.vocabulary import Label, Status
from storage.parts import Part, count_outcomes

NAME = "select"
TABLE = "samples"
MET = "met"
CAPTIONS = "captions"
SCHEMA = pa.schema(
    {
        **OUTCOME,
        "kept_for": pa.string(),
        "sample_id": pa.string(),
        "label": pa.string(),
        "domain": pa.string(),
        "operation": pa.string(),
        "generator": pa.string(),
        "split": pa.string(),
        "group_id": pa.string(),
        "source_id": pa.string(),
        "second_id": pa.string(),
        "twin_of": pa.string(),
        "entry": pa.int32(),
        "part": pa.int32(),
        "source_part": pa.int32(),
        "region_of": pa.string(),
        "region_part": pa.int32(),
        "chains": pa.list_(pa.string()),
    }
)
CAPTION_SCHEMA = pa.schema({"sample_id": pa.string(), "caption": pa.string()})


def select_samples(
    sources: Iterable[dict[str, Any]],
    forgeries: Iterable[tuple[dict[str, Any], dict[str, Any]]],
    curation: Curation,
    seed: int,
    refused: Mapping[str, Refusal] | None = None,
    captions: Mapping[str, str | None] | None = None,
) -> list[dict[str, Any]]:
    """Rows of the stage from the plan's kept sources and (planned job, curated row) pairs.

    `refused`: forgeries that may not enter whatever they look like, by job id. Near-duplicates are
    sought among forgeries of different sources only: a forgery is one of its own source by intent.
    Groups grow by the second sources and by prompts; splits do not change, because neither crosses
    them. With `curation.balance`, real pictures beyond the number of forgeries of their domain and
    split, which none was made from, are left out; forgeries that come without a source count as of
    the natural domain. `captions` say what pictures are about where topics are to be matched.
    """
    by_id = {row["source_id"]: row for row in sources}
    jobs = sorted(forgeries, key=lambda pair: pair[0]["job_id"])
    refused = dict(refused or {})
    standing = [(job, seen) for job, seen in jobs if job["job_id"] not in refused]
    refused |= _near_duplicates(standing, curation.duplicates.radius)
    rows = [_real(row) for row in by_id.values()]
    changed = {job["job_id"] for job, seen in jobs if seen["has_region"]}
    for job, _ in jobs:
        row = _fake(job, by_id.get(job["source_id"]))
        if refusal := refused.get(job["job_id"]):
            row |= {"status": Status.REJECTED, **asdict(refusal)}
        rows.append(row)
    rows.sort(key=lambda row: row["sample_id"])
    if curation.topics.action == "match":
        match_topics(rows, captions or {}, curation.topics.count, seed)
    if curation.balance:
        leave_out_surplus(rows, by_id, seed)
    prompts = {job["job_id"]: job.get("prompt") for job, _ in jobs}
    _regroup(rows, prompts if curation.groups.prompt else {})
    prove_disjoint((row["group_id"], row["split"]) for row in rows)
    _part_twins(rows)
    lend_regions(rows, changed, seed)
    return rows


def _near_duplicates(
    jobs: Sequence[tuple[dict[str, Any], dict[str, Any]]], radius: int
) -> dict[str, Refusal]:
    ids = [job["job_id"] for job, _ in jobs]
    prints = np.array([from_hex(seen["fingerprint"]) for _, seen in jobs], dtype=np.uint64)
    lineages = [job["source_id"] or job["job_id"] for job, _ in jobs]
    return {
        drop.dropped_id: Refusal(
            NEAR_DUPLICATE,
            f"{drop.distance} bits from {drop.kept_id}, which stays",
            drop.kept_id,
        )
        for drop in keep_one(ids, prints, radius, lineages)
    }


def _real(source: dict[str, Any]) -> dict[str, Any]:
    return {
        **dict.fromkeys(SCHEMA.names),
        "status": Status.OK,
        "sample_id": source["source_id"],
        "label": Label.REAL,
        "domain": source["domain"],
        "split": source["split"],
        "group_id": source["group_id"],
        "source_id": source["source_id"],
        "entry": source["entry"],
        "part": source["part"],
        "source_part": source["part"],
    }


def _fake(job: dict[str, Any], source: dict[str, Any] | None) -> dict[str, Any]:
    return {
        **dict.fromkeys(SCHEMA.names),
        "status": Status.OK,
        "sample_id": job["job_id"],
        "label": Label.FAKE,
        "domain": job["domain"],
        "operation": job["operation"],
        "generator": job["generator"],
        "split": job["split"],
        "group_id": job["group"],
        "source_id": job["source_id"],
        "second_id": job["second_id"],
        "twin_of": job["composed_from"],
        "entry": job["entry"],
        "part": job["part"],
        "source_part": None if source is None else source["part"],
    }


def _regroup(rows: Sequence[dict[str, Any]], prompts: Mapping[str, str | None]) -> None:
    """Bond, besides what the plan did, the sources of one forgery, and forgeries of one prompt."""
    entering = [row for row in rows if row["status"] == Status.OK]
    seconds = [row for row in entering if row["second_id"] is not None]
    # Everything made from a source is in the source's group, which the plan knows.
    groups = {row["sample_id"]: row["group_id"] for row in rows if row["label"] == Label.REAL}
    said = {row["sample_id"]: prompts.get(row["sample_id"]) for row in entering}
    grouping = bonded(
        [row["sample_id"] for row in rows],
        {
            "group": [groups.get(row["source_id"], row["group_id"]) for row in rows],
            "prompt": [plain_prompt(said.get(row["sample_id"])) for row in rows],
        },
        {
            "second source": (
                [row["sample_id"] for row in seconds],
                [row["second_id"] for row in seconds],
            )
        },
    )
    for row, group in zip(rows, grouping.column().to_pylist(), strict=True):
        row["group_id"] = group


def _part_twins(rows: Sequence[dict[str, Any]]) -> None:
    """A twin whose other half did not enter stands alone."""
    entered = {row["sample_id"] for row in rows if row["status"] == Status.OK}
    for row in rows:
        if row["twin_of"] not in entered:
            row["twin_of"] = None


def read_samples(run: Run) -> list[dict[str, Any]]:
    """The rows of the samples that enter the set."""
    rows: list[dict[str, Any]] = run.part(NAME).read(TABLE).to_pylist()
    return [row for row in rows if row["status"] == Status.OK]


def _inputs(run: Run, index: int) -> object:
    parts = len(job_parts.part_jobs(run))
    curation = run.recipe.curation
    return (
        run.recipe.seed,
        curation.model_dump(mode="json", exclude={"masks", "real_faces"}),
        run.recipe.codec.model_dump(mode="json"),
        run.recipe.publish.licences,
        [hold_out.said for hold_out in run.recipe.splits.hold_out],
        screening_inputs(run.recipe),
        run.manifest(plan.NAME).hashes(),
        [run.manifest(curate.NAME, part).hashes() for part in range(parts)],
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    planned = plan.read_plan(run)
    kept = [row for row in planned.kept.to_pylist() if row["status"] == Status.OK]
    forgeries = []
    for part, jobs in enumerate(job_parts.part_jobs(run)):
        columns = ("job_id", "status", "fingerprint", "has_region", "width", "height")
        checked = run.part(curate.NAME, part).read(curate.TABLE, columns).to_pylist()
        entering = {row["job_id"]: row for row in checked if row["status"] == Status.OK}
        forgeries += [(job, entering[job["job_id"]]) for job in jobs if job["job_id"] in entering]
    known = read_known(run, kept, forgeries)
    met, refused = screen_forgeries(run.recipe, forgeries, known)
    rows = select_samples(
        kept, forgeries, run.recipe.curation, run.recipe.seed, refused, known.captions
    )
    entering_rows = [row for row in rows if row["status"] == Status.OK]
    prove_held_out(entering_rows, run.recipe, known)
    add_chains(run.recipe, entering_rows, known)
    counts = count_outcomes((row["status"], row["reason"]) for row in rows)
    tables = {
        TABLE: pa.Table.from_pylist(rows, SCHEMA),
        MET: pa.Table.from_pylist(
            [{"benchmark": name, "pictures": count} for name, count in met.items()], MET_SCHEMA
        ),
        CAPTIONS: pa.Table.from_pylist(
            [
                {"sample_id": row["sample_id"], "caption": known.captions.get(row["sample_id"])}
                for row in entering_rows
            ],
            CAPTION_SCHEMA,
        ),
    }
    return Work(tables, counts)


SELECT = Stage(NAME, lambda run: 1, _inputs, _work)
