"""Stage 5: decide over the whole set what enters it: duplicates, groups, splits, null regions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from curation.fingerprint import from_hex
from curation.groups import group_ids
from curation.near_duplicates import keep_one
from curation.splits import prove_disjoint
from flows.run import Run
from flows.stages import curate, forge, plan
from flows.stages.stage import OUTCOME, Stage, Work
from schemas.identity import unit_interval
from schemas.vocabulary import Label, Status
from storage.parts import Part, count_outcomes

NAME = "select"
TABLE = "samples"
SCHEMA = pa.schema(
    {
        **OUTCOME,
        "sample_id": pa.string(),
        "label": pa.string(),
        "domain": pa.string(),
        "operation": pa.string(),
        "generator": pa.string(),
        "split": pa.string(),
        "group_id": pa.string(),
        "source_id": pa.string(),
        "second_id": pa.string(),
        "part": pa.int32(),
        "source_part": pa.int32(),
        "region_of": pa.string(),
        "region_part": pa.int32(),
    }
)


def select_samples(
    sources: Iterable[dict[str, Any]],
    forgeries: Iterable[tuple[dict[str, Any], str]],
    radius: int,
    seed: int,
    balance: bool = True,
) -> list[dict[str, Any]]:
    """Rows of the stage from the plan's kept sources and (planned job, fingerprint) pairs.

    Near-duplicates are sought among forgeries of different sources only: a forgery is one of its
    own source by intent. Groups grow by the second sources; splits do not change, because content
    never crosses them. Each real picture borrows the region of a forgery of another picture of its
    domain, so that a rater of regions is asked the same of both (`region_of`). With `balance`,
    real pictures beyond the number of forgeries of their domain and split, which none was made
    from, are left out.
    """
    by_id = {row["source_id"]: row for row in sources}
    jobs = sorted(forgeries, key=lambda pair: pair[0]["job_id"])
    ids = [job["job_id"] for job, _ in jobs]
    prints = np.array([from_hex(fingerprint) for _, fingerprint in jobs], dtype=np.uint64)
    lineages = [job["source_id"] for job, _ in jobs]
    drops = {drop.dropped_id: drop for drop in keep_one(ids, prints, radius, lineages)}
    rows = [_real(row) for row in by_id.values()]
    for job, _ in jobs:
        row = _fake(job, by_id[job["source_id"]])
        if drop := drops.get(job["job_id"]):
            detail = f"{drop.distance} bits from {drop.kept_id}, which stays"
            row |= {"status": Status.REJECTED, "reason": "near_duplicate", "detail": detail}
        rows.append(row)
    rows.sort(key=lambda row: row["sample_id"])
    if balance:
        _leave_out_surplus(rows, seed)
    _regroup(rows, by_id)
    prove_disjoint((row["group_id"], row["split"]) for row in rows)
    _lend_regions(rows, seed)
    return rows


def _real(source: dict[str, Any]) -> dict[str, Any]:
    return {
        **dict.fromkeys(SCHEMA.names),
        "status": Status.OK,
        "sample_id": source["source_id"],
        "label": Label.REAL,
        "domain": source["domain"],
        "split": source["split"],
        "source_id": source["source_id"],
        "part": source["part"],
        "source_part": source["part"],
    }


def _fake(job: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
    return {
        **dict.fromkeys(SCHEMA.names),
        "status": Status.OK,
        "sample_id": job["job_id"],
        "label": Label.FAKE,
        "domain": source["domain"],
        "operation": job["operation"],
        "generator": job["generator"],
        "split": source["split"],
        "source_id": job["source_id"],
        "second_id": job["second_id"],
        "part": job["part"],
        "source_part": source["part"],
    }


def _leave_out_surplus(rows: Sequence[dict[str, Any]], seed: int) -> None:
    standing = [row for row in rows if row["status"] == Status.OK]
    fakes = [row for row in standing if row["label"] == Label.FAKE]
    used = {row[column] for row in fakes for column in ("source_id", "second_id")}
    forged = Counter((row["domain"], row["split"]) for row in fakes)
    domains = {row["domain"] for row in fakes}
    kept: Counter[tuple[str, str]] = Counter()

    def order(row: dict[str, Any]) -> tuple[bool, float]:
        return row["sample_id"] not in used, unit_interval(seed, "balance", row["sample_id"])

    for row in sorted((row for row in standing if row["label"] == Label.REAL), key=order):
        place = (row["domain"], row["split"])
        surplus = row["domain"] in domains and kept[place] >= forged[place]
        if surplus and row["sample_id"] not in used:
            detail = f"the {place[1]} split has as many real {place[0]} pictures as forgeries"
            row |= {"status": Status.REJECTED, "reason": "surplus_real", "detail": detail}
        else:
            kept[place] += 1


def _regroup(rows: Sequence[dict[str, Any]], by_id: dict[str, dict[str, Any]]) -> None:
    links = []
    speaker: dict[str, str] = {}
    for source_id, row in sorted(by_id.items()):
        links.append((speaker.setdefault(row["group_id"], source_id), source_id))
    for row in rows:
        if row["second_id"] is not None and row["status"] == Status.OK:
            links.append((row["source_id"], row["second_id"]))
    groups = group_ids(sorted(by_id), links)
    for row in rows:
        row["group_id"] = groups[row["source_id"]]


def _lend_regions(rows: Sequence[dict[str, Any]], seed: int) -> None:
    lenders: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["label"] == Label.FAKE and row["status"] == Status.OK:
            row["region_of"], row["region_part"] = row["sample_id"], row["part"]
            lenders[row["domain"]].append(row)
    for row in rows:
        if row["label"] == Label.REAL and row["status"] == Status.OK:
            others = [x for x in lenders[row["domain"]] if x["source_id"] != row["source_id"]]
            if others:
                chosen = others[int(unit_interval(seed, "region", row["sample_id"]) * len(others))]
                row["region_of"], row["region_part"] = chosen["sample_id"], chosen["part"]


def read_samples(run: Run) -> list[dict[str, Any]]:
    """The rows of the samples that enter the set."""
    rows: list[dict[str, Any]] = run.part(NAME).read(TABLE).to_pylist()
    return [row for row in rows if row["status"] == Status.OK]


def _inputs(run: Run, index: int) -> object:
    parts = len(forge.part_jobs(run))
    return (
        run.recipe.seed,
        run.recipe.curation.duplicate_radius,
        run.recipe.curation.balance,
        run.manifest(plan.NAME).hashes(),
        [run.manifest(curate.NAME, part).hashes() for part in range(parts)],
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    planned = plan.read_plan(run)
    kept = [row for row in planned.kept.to_pylist() if row["status"] == Status.OK]
    forgeries = []
    for part, jobs in enumerate(forge.part_jobs(run)):
        columns = ("job_id", "status", "fingerprint")
        checked = run.part(curate.NAME, part).read(curate.TABLE, columns).to_pylist()
        prints = {r["job_id"]: r["fingerprint"] for r in checked if r["status"] == Status.OK}
        forgeries += [(job, prints[job["job_id"]]) for job in jobs if job["job_id"] in prints]
    curation = run.recipe.curation
    rows = select_samples(
        kept, forgeries, curation.duplicate_radius, run.recipe.seed, curation.balance
    )
    counts = count_outcomes((row["status"], row["reason"]) for row in rows)
    return Work({TABLE: pa.Table.from_pylist(rows, SCHEMA)}, counts)


SELECT = Stage(NAME, lambda run: 1, _inputs, _work)
