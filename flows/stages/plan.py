"""Stage 2: keep one of each near-duplicate, split by group, and plan every job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from curation.fingerprints.phash import from_hex
from curation.licences import objection
from flows.run import Run
from flows.stages import sources
from flows.stages.entering.grouping import earlier_splits, group_sources, split_groups
from flows.stages.entering.screening import Read, Refusal, screen_sources, screening_inputs
from flows.stages.stage import OUTCOME, Stage, Work
from generators.contract import Generator, Supplies
from generators.planning import Candidate, JobPlanner, Unplannable, check_entries
from generators.prompts import bank_version
from schemas.recipe import Recipe
from schemas.recipe.forge import ForgeEntry
from schemas.vocabulary import Status
from storage.parts import Counts, Part, count_outcomes

NAME = "plan"
JOBS = "jobs"
KEPT = "sources"
REMARKS = "remarks"
MET = "met"
JOB_SCHEMA = pa.schema(
    {
        **OUTCOME,
        "job_id": pa.string(),
        "seed": pa.int64(),
        "index": pa.int32(),
        "entry": pa.int32(),
        "part": pa.int32(),
        "generator": pa.string(),
        "generator_version": pa.string(),
        "operation": pa.string(),
        "domain": pa.string(),
        "group": pa.string(),
        "source_id": pa.string(),
        "second_id": pa.string(),
        "mask_kind": pa.string(),
        "prompt": pa.string(),
        "split": pa.string(),
        "prompt_origin": pa.string(),
        "prompt_note": pa.string(),
        "instance": pa.int32(),
        "composed_from": pa.string(),
        "item": pa.string(),
        "item_stamp": pa.string(),
    }
)
KEPT_SCHEMA = pa.schema(
    {
        **OUTCOME,
        "kept_for": pa.string(),
        "source_id": pa.string(),
        "origin": pa.string(),
        "entry": pa.int32(),
        "part": pa.int32(),
        "domain": pa.string(),
        "group_id": pa.string(),
        "split": pa.string(),
    }
)
REMARK_SCHEMA = pa.schema({"remark": pa.string()})
MET_SCHEMA = pa.schema({"benchmark": pa.string(), "pictures": pa.int64()})


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan as tables: every source that was read with its fate, and every job.

    `remarks`: what whoever builds should know. `met`: how many sources stand in each benchmark.
    """

    kept: pa.Table
    jobs: pa.Table
    remarks: pa.Table
    met: pa.Table

    def kept_counts(self) -> Counts:
        """How many sources stay."""
        return _counts(self.kept)

    def job_counts(self) -> Counts:
        """How many of the forgeries that the recipe asks for could be planned."""
        return _counts(self.jobs)


def make_plan(recipe: Recipe, rows: Iterable[tuple[int, Mapping[str, Any]]]) -> Plan:
    """The plan from (sources part, light row of the first stage) pairs."""
    kept: list[dict[str, Any]] = []
    first: dict[str, Read] = {}
    for part, row in rows:
        if row["status"] != Status.OK:
            continue
        read = _read(part, row)
        if read.source.source_id in first:
            detail = f"the same crop of the same file, {read.source.origin}, was read before"
            kept.append(_row(read, Refusal("read_twice", detail)))
        else:
            first[read.source.source_id] = read
    screened = screen_sources(recipe, list(first.values()))
    grouping = group_sources([first[name] for name in sorted(first)], screened.alike)
    staying = [first[name] for name in sorted(first) if name not in screened.refused]
    splits, remarks = split_groups(recipe, staying, grouping)
    kept += [_row(first[name], refusal) for name, refusal in screened.refused.items()]
    groups = dict(zip(grouping.members.to_pylist(), grouping.column().to_pylist(), strict=True))
    candidates = []
    for read in staying:
        group = groups[read.source.source_id]
        name = recipe.sources[read.entry].name
        # What may not be changed still stands in the set as it is.
        if not objection(read.source.licence, changed=True):
            candidates.append(Candidate(read.source, read.part, group, splits[group], name))
        kept.append(_row(read) | {"group_id": group, "split": splits[group]})
    kept.sort(key=lambda row: (row["source_id"], row["reason"] or ""))
    if unchangeable := len(staying) - len(candidates):
        remarks.append(
            f"{unchangeable} sources have a licence that forbids changed copies, or copies at all: "
            "nothing is forged from them"
        )
    jobs: list[dict[str, Any]] = [
        {
            "status": Status.REJECTED,
            "reason": job.reason,
            "detail": job.detail,
            "entry": job.entry,
            "generator": recipe.forge[job.entry].generator,
            "operation": job.operation,
        }
        if isinstance(job, Unplannable)
        else {"status": Status.OK, **asdict(job)}
        for job in JobPlanner(recipe, candidates, earlier_splits(recipe)).jobs()
    ]
    return Plan(
        pa.Table.from_pylist(kept, KEPT_SCHEMA),
        pa.Table.from_pylist(jobs, JOB_SCHEMA),
        pa.Table.from_pylist([{"remark": remark} for remark in remarks], REMARK_SCHEMA),
        pa.Table.from_pylist(
            [{"benchmark": name, "pictures": count} for name, count in screened.met.items()],
            MET_SCHEMA,
        ),
    )


def _read(part: int, row: Mapping[str, Any]) -> Read:
    return Read(
        sources.parse_source(row["source"]),
        row["entry"],
        part,
        from_hex(row["fingerprint"]),
        tuple(row["orientations"]),
        row["tiles"],
        row["embedding"],
    )


def _row(read: Read, refusal: Refusal | None = None) -> dict[str, Any]:
    return {
        "status": Status.REJECTED if refusal else Status.OK,
        "reason": refusal.reason if refusal else None,
        "detail": refusal.detail if refusal else None,
        "kept_for": refusal.kept_for if refusal else None,
        "source_id": read.source.source_id,
        "origin": read.source.origin,
        "entry": read.entry,
        "part": read.part,
        "domain": read.source.domain,
    }


def _counts(table: pa.Table) -> Counts:
    columns = zip(table["status"].to_pylist(), table["reason"].to_pylist(), strict=True)
    return count_outcomes(columns)


def read_plan(run: Run) -> Plan:
    """The finished plan of a run."""
    part = run.part(NAME)
    return Plan(part.read(KEPT), part.read(JOBS), part.read(REMARKS), part.read(MET))


def _signature(generator: Generator, entry: ForgeEntry) -> object:
    """What a plan takes from a generator: its version, and the items of an import."""
    items = generator.items(entry.count) if isinstance(generator, Supplies) else ()
    return generator.spec.version, [asdict(item) for item in items]


def _inputs(run: Run, index: int) -> object:
    recipe = run.recipe
    parts = len(sources.chunks(run))
    pairs = zip(check_entries(recipe.forge), recipe.forge, strict=True)
    return (
        recipe.seed,
        recipe.part_size,
        recipe.curation.model_dump(mode="json", exclude={"masks", "balance", "topics"}),
        recipe.publish.licences,
        recipe.splits.model_dump(mode="json"),
        screening_inputs(recipe),
        earlier_splits(recipe),
        [entry.model_dump(mode="json") for entry in recipe.forge],
        [(entry.name, entry.split) for entry in recipe.sources],
        [_signature(generator, entry) for generator, entry in pairs],
        bank_version(),
        [run.manifest(sources.NAME, part).hashes() for part in range(parts)],
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    parts = len(sources.chunks(run))
    rows = (
        (part, row)
        for part in range(parts)
        for row in run.part(sources.NAME, part).read(sources.TABLE, sources.LIGHT).to_pylist()
    )
    plan = make_plan(run.recipe, rows)
    tables = {KEPT: plan.kept, JOBS: plan.jobs, REMARKS: plan.remarks, MET: plan.met}
    return Work(tables, plan.job_counts())


PLAN = Stage(NAME, lambda run: 1, _inputs, _work)
