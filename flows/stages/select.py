"""Stage 5: decide over the whole set what enters it: duplicates, groups, splits, null regions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from curation.duplicates.keeping import keep_one
from curation.fingerprints.phash import from_hex
from curation.splitting.groups import group_ids
from curation.splitting.splits import prove_disjoint
from flows.run import Run
from flows.stages import curate, job_parts, plan
from flows.stages.stage import OUTCOME, Stage, Work
from schemas.identity import unit_interval
from schemas.vocabulary import Domain, Label, Status
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
        "twin_of": pa.string(),
        "entry": pa.int32(),
        "part": pa.int32(),
        "source_part": pa.int32(),
        "region_of": pa.string(),
        "region_part": pa.int32(),
    }
)


def select_samples(
    sources: Iterable[dict[str, Any]],
    forgeries: Iterable[tuple[dict[str, Any], dict[str, Any]]],
    radius: int,
    seed: int,
    balance: bool = True,
) -> list[dict[str, Any]]:
    """Rows of the stage from the plan's kept sources and (planned job, curated row) pairs.

    Near-duplicates are sought among forgeries of different sources only: a forgery is one of its
    own source by intent. Groups grow by the second sources; splits do not change, because content
    never crosses them. Each picture in which no region was changed, real or wholly synthetic,
    borrows that of a forgery of another picture of its domain, so that a rater of regions is asked
    the same of all (`region_of`). With `balance`, real pictures beyond the number of forgeries of
    their domain and split, which none was made from, are left out; forgeries that come without a
    source count as of the natural domain.
    """
    by_id = {row["source_id"]: row for row in sources}
    jobs = sorted(forgeries, key=lambda pair: pair[0]["job_id"])
    ids = [job["job_id"] for job, _ in jobs]
    prints = np.array([from_hex(seen["fingerprint"]) for _, seen in jobs], dtype=np.uint64)
    lineages = [job["source_id"] or job["job_id"] for job, _ in jobs]
    drops = {drop.dropped_id: drop for drop in keep_one(ids, prints, radius, lineages)}
    rows = [_real(row) for row in by_id.values()]
    changed = {job["job_id"] for job, seen in jobs if seen["has_region"]}
    for job, _ in jobs:
        row = _fake(job, by_id.get(job["source_id"]))
        if drop := drops.get(job["job_id"]):
            detail = f"{drop.distance} bits from {drop.kept_id}, which stays"
            row |= {"status": Status.REJECTED, "reason": "near_duplicate", "detail": detail}
        rows.append(row)
    rows.sort(key=lambda row: row["sample_id"])
    if balance:
        _leave_out_surplus(rows, by_id, seed)
    _regroup(rows, by_id)
    prove_disjoint((row["group_id"], row["split"]) for row in rows)
    _part_twins(rows)
    _lend_regions(rows, changed, seed)
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


def _leave_out_surplus(
    rows: Sequence[dict[str, Any]], by_id: Mapping[str, dict[str, Any]], seed: int
) -> None:
    standing = [row for row in rows if row["status"] == Status.OK]
    fakes = [row for row in standing if row["label"] == Label.FAKE]
    used = {row[column] for row in fakes for column in ("source_id", "second_id")}
    forged = Counter((_kind(row, by_id), row["split"]) for row in fakes)
    domains = {domain for domain, _ in forged}
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


def _kind(fake: dict[str, Any], by_id: Mapping[str, dict[str, Any]]) -> str:
    """The domain of the real pictures that a forgery is weighed against."""
    if fake["source_id"] is None:
        return str(Domain.NATURAL)
    return str(by_id[fake["source_id"]]["domain"])


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
        if row["source_id"] is not None:
            row["group_id"] = groups[row["source_id"]]


def _part_twins(rows: Sequence[dict[str, Any]]) -> None:
    """A twin whose other half did not enter stands alone."""
    entered = {row["sample_id"] for row in rows if row["status"] == Status.OK}
    for row in rows:
        if row["twin_of"] not in entered:
            row["twin_of"] = None


def _lend_regions(rows: Sequence[dict[str, Any]], changed: Collection[str], seed: int) -> None:
    lenders: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    borrowers = []
    for row in rows:
        if row["status"] != Status.OK:
            continue
        if row["sample_id"] in changed:
            row["region_of"], row["region_part"] = row["sample_id"], row["part"]
            lenders[row["domain"]].append(row)
        else:
            borrowers.append(row)
    for row in borrowers:
        kin = lenders[row["domain"]] or lenders[Domain.NATURAL]
        others = [x for x in kin if x["source_id"] != row["source_id"]]
        if others:
            chosen = others[int(unit_interval(seed, "region", row["sample_id"]) * len(others))]
            row["region_of"], row["region_part"] = chosen["sample_id"], chosen["part"]


def read_samples(run: Run) -> list[dict[str, Any]]:
    """The rows of the samples that enter the set."""
    rows: list[dict[str, Any]] = run.part(NAME).read(TABLE).to_pylist()
    return [row for row in rows if row["status"] == Status.OK]


def _inputs(run: Run, index: int) -> object:
    parts = len(job_parts.part_jobs(run))
    return (
        run.recipe.seed,
        run.recipe.curation.duplicates.radius,
        run.recipe.curation.balance,
        run.manifest(plan.NAME).hashes(),
        [run.manifest(curate.NAME, part).hashes() for part in range(parts)],
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    planned = plan.read_plan(run)
    kept = [row for row in planned.kept.to_pylist() if row["status"] == Status.OK]
    forgeries = []
    for part, jobs in enumerate(job_parts.part_jobs(run)):
        columns = ("job_id", "status", "fingerprint", "has_region")
        checked = run.part(curate.NAME, part).read(curate.TABLE, columns).to_pylist()
        entering = {row["job_id"]: row for row in checked if row["status"] == Status.OK}
        forgeries += [(job, entering[job["job_id"]]) for job in jobs if job["job_id"] in entering]
    curation = run.recipe.curation
    rows = select_samples(
        kept, forgeries, curation.duplicates.radius, run.recipe.seed, curation.balance
    )
    counts = count_outcomes((row["status"], row["reason"]) for row in rows)
    return Work({TABLE: pa.Table.from_pylist(rows, SCHEMA)}, counts)


SELECT = Stage(NAME, lambda run: 1, _inputs, _work)
