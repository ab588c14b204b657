"""Stage 2: keep one of each near-duplicate, split by group, and plan every job."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from curation.duplicates.keeping import keep_one
from curation.fingerprints.phash import from_hex
from curation.splitting.groups import group_ids
from curation.splitting.splits import assign_splits
from flows.run import Run
from flows.stages import sources
from flows.stages.stage import OUTCOME, Stage, Work
from generators.contract import Generator, Supplies
from generators.planning import Candidate, JobPlanner, Unplannable, check_entries
from generators.prompts import bank_version
from schemas.picture import Source
from schemas.recipe import Recipe
from schemas.recipe.forge import ForgeEntry
from schemas.vocabulary import Status
from storage.parts import Counts, Part, count_outcomes

NAME = "plan"
JOBS = "jobs"
KEPT = "sources"
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
        "source_id": pa.string(),
        "origin": pa.string(),
        "entry": pa.int32(),
        "part": pa.int32(),
        "domain": pa.string(),
        "group_id": pa.string(),
        "split": pa.string(),
    }
)
# A group that two entries pin goes where it does least harm: out of training.
_HELD_OUT_FIRST = ("test", "validation", "train")


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan as two tables: every source that was read with its fate, and every job."""

    kept: pa.Table
    jobs: pa.Table

    def kept_counts(self) -> Counts:
        """How many sources stay."""
        return _counts(self.kept)

    def job_counts(self) -> Counts:
        """How many of the forgeries that the recipe asks for could be planned."""
        return _counts(self.jobs)


def make_plan(recipe: Recipe, rows: Iterable[tuple[int, Mapping[str, Any]]]) -> Plan:
    """The plan from (sources part, light row of the first stage) pairs."""
    kept: list[dict[str, Any]] = []
    first: dict[str, _Read] = {}
    for part, row in rows:
        if row["status"] != Status.OK:
            continue
        source = sources.parse_source(row["source"])
        read = _Read(source, row["entry"], part, from_hex(row["fingerprint"]))
        if read.source.source_id in first:
            detail = f"the same crop of the same file, {read.source.origin}, was read before"
            kept.append(read.row(Status.REJECTED, "read_twice", detail))
        else:
            first[read.source.source_id] = read
    ids = sorted(first)
    prints = np.array([first[source_id].fingerprint for source_id in ids], dtype=np.uint64)
    # Each source is a lineage of its own here, so that no pair is exempt.
    drops = keep_one(ids, prints, recipe.curation.duplicates.radius, ids)
    alike = [(drop.kept_id, drop.dropped_id) for drop in drops]
    groups = _groups(list(first.values()), alike)
    for drop in drops:
        detail = f"{drop.distance} bits from {drop.kept_id}, which stays"
        kept.append(first.pop(drop.dropped_id).row(Status.REJECTED, "near_duplicate", detail))
    candidates = _candidates(recipe, [first[source_id] for source_id in sorted(first)], groups)
    for candidate in candidates:
        read = first[candidate.source.source_id]
        kept.append(read.row() | {"group_id": candidate.group, "split": candidate.split})
    kept.sort(key=lambda row: (row["source_id"], row["reason"] or ""))
    planner = JobPlanner(recipe, candidates)
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
        for job in planner.jobs()
    ]
    return Plan(pa.Table.from_pylist(kept, KEPT_SCHEMA), pa.Table.from_pylist(jobs, JOB_SCHEMA))


@dataclass(frozen=True, slots=True)
class _Read:
    source: Source
    entry: int
    part: int
    fingerprint: int

    def row(
        self, status: Status = Status.OK, reason: str | None = None, detail: str | None = None
    ) -> dict[str, Any]:
        return {
            "status": status,
            "reason": reason,
            "detail": detail,
            "source_id": self.source.source_id,
            "origin": self.source.origin,
            "entry": self.entry,
            "part": self.part,
            "domain": self.source.domain,
        }


def _groups(read: list[_Read], alike: list[tuple[str, str]]) -> dict[str, str]:
    """The group of every source: linked are crops of one file, equal `group`s, near-duplicates.

    Near-duplicates link although one of them is dropped: two files that share one crop show the
    same thing, and so do their other crops.
    """
    speaker: dict[tuple[str, str], str] = {}
    links = list(alike)
    for source in (one.source for one in read):
        for bond in (("file", source.origin), ("group", source.group)):
            links.append((speaker.setdefault(bond, source.source_id), source.source_id))
    return group_ids([one.source.source_id for one in read], links)


def _candidates(recipe: Recipe, staying: list[_Read], groups: dict[str, str]) -> list[Candidate]:
    sizes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    pinned: dict[str, str] = {}
    for read in staying:
        group = groups[read.source.source_id]
        sizes[group][read.source.domain.value] += 1
        if split := recipe.sources[read.entry].split:
            pinned[group] = min(pinned.get(group, split), split, key=_HELD_OUT_FIRST.index)
    free = {group: counts for group, counts in sizes.items() if group not in pinned}
    splits = pinned | assign_splits(free, recipe.splits.shares(), recipe.seed)
    candidates = []
    for read in staying:
        group = groups[read.source.source_id]
        name = recipe.sources[read.entry].name
        candidates.append(Candidate(read.source, read.part, group, splits[group], name))
    return candidates


def _counts(table: pa.Table) -> Counts:
    columns = zip(table["status"].to_pylist(), table["reason"].to_pylist(), strict=True)
    return count_outcomes(columns)


def read_plan(run: Run) -> Plan:
    """The finished plan of a run."""
    part = run.part(NAME)
    return Plan(part.read(KEPT), part.read(JOBS))


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
        recipe.curation.duplicates.radius,
        recipe.splits.model_dump(mode="json"),
        [entry.model_dump(mode="json") for entry in recipe.forge],
        [(entry.name, entry.split) for entry in recipe.sources],
        recipe.curation.real_faces,
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
    return Work({KEPT: plan.kept, JOBS: plan.jobs}, plan.job_counts())


PLAN = Stage(NAME, lambda run: 1, _inputs, _work)
