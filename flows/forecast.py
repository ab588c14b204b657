"""What a build would make and cost: from its plan, or from the recipe's quotas alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flows.stages import sources
from flows.stages.plan import Plan
from generators.contract import GeneratorSpec, Need, spec_of
from generators.planning import check_entries, resolve_operation
from generators.planning.entries import entry_split
from schemas.recipe import Recipe
from schemas.vocabulary import Status

# A forged picture and its masks against its source's PNG, measured on the quickstart.
_FORGED_SIZE = 1.1
# Parts of the sources and of the forgeries; shards are written once more.
_COPIES = 2.0
# A photograph of 512 by 512 pixels as PNG; what a picture counts for that nobody has read yet.
_TYPICAL_BYTES = 450_000

Place = tuple[str, str, str, str]
"""Domain, operation ("real" for real pictures), generator or config, split."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What a build costs: bytes on disk, seconds on one core, hours by card, US dollars.

    `gpu_hours`: each model's on the card for which its speed is known; `untimed`: models that want
    a GPU and whose speed nobody has reported. `batch_dollars`: with the discount of services that
    sell batches.
    """

    disk_bytes: int = 0
    core_seconds: float = 0.0
    gpu_hours: Mapping[str, float] = field(default_factory=dict)
    untimed: tuple[str, ...] = ()
    dollars: float = 0.0
    batch_dollars: float = 0.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Counts by place, costs, and what will not enter or cannot be planned, in sentences."""

    counts: Counter[Place]
    costs: Costs
    remarks: tuple[str, ...] = ()


def from_plan(recipe: Recipe, plan: Plan, read: Iterable[Mapping[str, Any]]) -> Forecast:
    """The forecast of a finished plan; `read` are the light rows of the sources."""
    rows = list(read)
    sizes = {row["source_id"]: row["size"] for row in rows if row["status"] == Status.OK}
    jobs = [job for job in plan.jobs.to_pylist() if job["status"] == Status.OK]
    counts: Counter[Place] = Counter()
    for source in plan.kept.to_pylist():
        if source["status"] == Status.OK:
            counts[source["domain"], "real", "", source["split"]] += 1
    for job in jobs:
        name = recipe.forge[job["entry"]].config_name
        counts[job["domain"], job["operation"], name, job["split"]] += 1
    forged = sum(sizes.get(job["source_id"], _TYPICAL_BYTES) for job in jobs) * _FORGED_SIZE
    made = Counter(job["entry"] for job in jobs if job["composed_from"] is None)
    return Forecast(
        counts,
        costs_of(_specs(recipe), made, _COPIES * (sum(sizes.values()) + forged)),
        (*_left_out(rows, plan), *_unplannable(plan), *plan.remarks["remark"].to_pylist()),
    )


def from_quotas(recipe: Recipe, why: str) -> Forecast:
    """The forecast of a recipe whose sources are not read, for the reason `why`.

    It takes every quota to be met and every source entry to give as many pictures as its `limit`
    or `count` allows; an entry that sets neither is left out of the counts, and a remark says so.
    """
    counts: Counter[Place] = Counter()
    remarks = [why]
    for index, source in enumerate(recipe.sources):
        number = getattr(source, "count", None) or getattr(source, "limit", None)
        if number is None:
            remarks.append(f"sources[{index}] sets no limit; its pictures are not counted")
            continue
        crops = getattr(source, "crops", None)
        number *= crops.per_picture if crops else 1
        domain = getattr(source, "domain", "document")
        for split, share in _dealt(recipe, source.split, number).items():
            counts[str(domain), "real", "", split] += share
    specs = _specs(recipe)
    for index, (entry, spec) in enumerate(zip(recipe.forge, specs, strict=True)):
        operation = resolve_operation(index, entry, spec)
        domain = spec.makes or spec.domains[0]
        name = entry.config_name
        pictures = entry.count * (2 if entry.scope == "twins" else 1)
        for split, share in _dealt(recipe, entry_split(recipe, index, spec), pictures).items():
            counts[str(domain), operation, name, split] += share
    made = Counter({index: entry.count for index, entry in enumerate(recipe.forge)})
    disk = _COPIES * _FORGED_SIZE * _TYPICAL_BYTES * sum(counts.values())
    return Forecast(counts, costs_of(specs, made, disk), tuple(remarks))


def listed(recipe: Recipe) -> int:
    """How many files the sources would be read from. Raises what listing them raises."""
    return sum(len(origins) for _, origins in sources.plan_chunks(recipe))


def _specs(recipe: Recipe) -> list[GeneratorSpec]:
    return [spec_of(generator) for generator in check_entries(recipe.forge)]


def _dealt(recipe: Recipe, split: str | None, number: int) -> dict[str, int]:
    """`number` by split: rounded so that the sum holds."""
    if split is not None:
        return {split: number}
    dealt: dict[str, int] = {}
    before = 0.0
    for name, share in recipe.splits.shares().items():
        dealt[name] = round((before + share) * number) - round(before * number)
        before += share
    return dealt


def costs_of(specs: Sequence[GeneratorSpec], made: Mapping[int, int], disk: float = 0.0) -> Costs:
    """What `made[index]` jobs of each of `specs` cost; `disk` in bytes."""
    hours: defaultdict[str, float] = defaultdict(float)
    untimed = set()
    core = dollars = batch = 0.0
    for index, count in made.items():
        spec = specs[index]
        dollars += spec.dollars * count
        batch += (spec.dollars if spec.batch_dollars is None else spec.batch_dollars) * count
        if spec.gpu_seconds:
            card, seconds = spec.gpu_seconds[0]
            hours[card] += seconds * count / 3600
        elif Need.GPU in spec.needs:
            untimed.add(spec.model)
        else:
            core += spec.seconds * count
    return Costs(
        int(disk), core, dict(sorted(hours.items())), tuple(sorted(untimed)), dollars, batch
    )


def _left_out(rows: Iterable[Mapping[str, Any]], plan: Plan) -> Iterable[str]:
    rejected = Counter(row["reason"] for row in rows if row["status"] != Status.OK)
    rejected.update(plan.kept_counts().reasons)
    for reason, count in sorted(rejected.items()):
        yield f"{count} sources will not enter: {reason}"


def _unplannable(plan: Plan) -> Iterable[str]:
    unplanned = Counter(
        (row["operation"], row["reason"], row["detail"])
        for row in plan.jobs.to_pylist()
        if row["status"] != Status.OK
    )
    for (operation, reason, detail), count in sorted(unplanned.items()):
        yield f"{count} of {operation} cannot be planned: {reason} ({detail})"
