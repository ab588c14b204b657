"""What became of a recipe's quotas: in a run, in a published set, or nothing yet."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from curation.balance.filling import Progress
from curation.balance.operations import ASKED, COLUMNS, Cell, Table, count_rows
from flows.run import Run
from flows.stages import curate, forge, plan, select
from flows.stages.forging import job_parts
from generators.contract import Need, Supplies, spec_of
from generators.planning import check_entries, resolve_operation
from schemas.errors import CounterfoilError
from schemas.job_list import JobList, WantedJobs
from schemas.mask_sizes import size_bin
from schemas.recipe import Recipe
from schemas.recipe.forge import ForgeEntry
from schemas.vocabulary import Domain, Status
from storage.published import PublishedSet

Outcomes = Mapping[int, Mapping[str, int]]
"""By entry: how many are "ok", "pending", or rejected for which reason."""
_OK, _PENDING = "ok", "pending"
_LOST = "did not come through"


def progress_of(recipe: Recipe, outcomes: Outcomes) -> tuple[Progress, ...]:
    """The progress of every `forge` entry."""
    found = []
    for index, generator in enumerate(check_entries(recipe.forge)):
        spec, entry = spec_of(generator), recipe.forge[index]
        outcome = dict(outcomes.get(index, {}))
        made = (spec.makes,) if spec.makes else _of_sources(recipe, index, spec.domains)
        found.append(
            Progress(
                index=index,
                entry=entry,
                operation=resolve_operation(index, entry, spec),
                domains=tuple(str(domain) for domain in made),
                masked=Need.MASK in spec.needs,
                imported=isinstance(generator, Supplies),
                ok=outcome.pop(_OK, 0),
                pending=outcome.pop(_PENDING, 0),
                reasons=outcome,
            )
        )
    return tuple(found)


def _of_sources(recipe: Recipe, index: int, domains: Sequence[Any]) -> tuple[str, ...]:
    """The domains of the pictures that an entry may be made from, as far as it can forge them."""
    named = recipe.forge[index].sources
    there = {
        str(getattr(source, "domain", "document"))
        for source in recipe.sources
        if not named or source.name in named
    }
    return tuple(str(domain) for domain in domains if str(domain) in there)


def of_recipe(recipe: Recipe) -> tuple[Table, tuple[Progress, ...]]:
    """The table that the quotas ask for, all of it still to come."""
    progress = progress_of(recipe, {})
    cells: Counter[Cell] = Counter()
    for one in progress:
        parts = len(one.domains)
        for place, domain in enumerate(one.domains):
            share = one.asked * (place + 1) // parts - one.asked * place // parts
            cells[Cell(domain, one.operation, one.entry.generator, ASKED)] += share
    return _table(cells), tuple(replace(one, pending=one.asked) for one in progress)


def of_run(run: Run) -> tuple[Table, tuple[Progress, ...]]:
    """What a run has made, as far as it has come. Raises `StorageError` where it has no plan."""
    outcomes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    cells: Counter[Cell] = Counter()
    fates = dict(_fates(run))
    for job in plan.read_plan(run).jobs.to_pylist():
        if job["status"] != Status.OK:
            outcomes[job["entry"]][job["reason"]] += 1
            continue
        reason, area = fates.get(job["job_id"], (_PENDING, None))
        outcomes[job["entry"]][reason] += 1
        if reason == _OK:
            size = size_bin(area)
            cells[Cell(job["domain"], job["operation"], job["generator"], size)] += 1
    return _table(cells), progress_of(run.recipe, outcomes)


def of_set(published: PublishedSet) -> tuple[Table, tuple[Progress, ...]]:
    """What a published set holds, and its recipe's quotas as far as they can be read.

    Its rows do not say which entry asked for them: entries of one generator and operation are
    taken to be met in their order.
    """
    table = count_rows(published.table(COLUMNS).to_pylist())
    try:
        asked = {part: published.manifest.recipe[part] for part in ("name", "sources", "forge")}
        progress = progress_of(Recipe.model_validate(asked), {})
    except (CounterfoilError, ValidationError, KeyError):
        return table, ()  # Of another version, or with generators that are not installed here.
    left = table.by("generator", "operation")
    last = {_maker(one): one.index for one in progress}
    found = []
    for one in progress:
        here = left.get(_maker(one), 0)
        ok = here if last[_maker(one)] == one.index else min(here, one.asked)
        left[_maker(one)] = here - ok
        lost = max(0, one.asked - ok)
        found.append(replace(one, ok=ok, reasons={_LOST: lost} if lost else {}))
    return table, tuple(found)


def _maker(one: Progress) -> tuple[str, str]:
    return one.entry.generator, one.operation


def _table(cells: Counter[Cell]) -> Table:
    return Table(dict(sorted(cells.items())), {})


def _fates(run: Run) -> Iterator[tuple[str, tuple[str, float | None]]]:
    """How each job ended, with the share that changed of those that entered the set."""
    left_out = {}
    if run.part(select.NAME).manifest() is not None:
        samples = run.part(select.NAME).read(select.TABLE, ("sample_id", "status", "reason"))
        left_out = {
            row["sample_id"]: row["reason"]
            for row in samples.to_pylist()
            if row["status"] != Status.OK
        }
    for part in range(len(job_parts.part_jobs(run))):
        for stage, table in ((forge.NAME, forge.TABLE), (curate.NAME, curate.TABLE)):
            if run.part(stage, part).manifest() is None:
                continue
            last = stage == curate.NAME
            columns = ["job_id", "status", "reason", *(["quality"] if last else [])]
            for row in run.part(stage, part).read(table, columns).to_pylist():
                if row["status"] == Status.REJECTED:
                    yield row["job_id"], (row["reason"], None)
                elif row["status"] == Status.OK and last:
                    seen = json.loads(row["quality"])
                    area = seen["changed_area"]
                    area = seen["applied_area"] if area is None else area
                    yield row["job_id"], (left_out.get(row["job_id"], _OK), area)


def with_jobs(recipe: Recipe, jobs: JobList) -> tuple[Recipe, tuple[str, ...]]:
    """The recipe with the jobs' entries behind its own, and remarks on what could not be said.

    Job ids come from what a job is made of, and sources are shared out entry by entry: the jobs of
    the entries before stay as they are, so that a build in the same run folder makes the new ones
    alone. A domain is asked for by the names of the sources entries that have it.
    """
    remarks = []
    entries: list[ForgeEntry] = []
    for job in jobs.jobs:
        entry = job.forge_entry()
        if job.domain is not None:
            names = _names_of(recipe, job)
            if names:
                entry = entry.model_copy(update={"sources": names})
            else:
                remarks.append(
                    f"{job.count:,} {job.operation or job.generator} may fall into any domain: not "
                    f"every entry of sources with {job.domain.value} pictures has a name"
                )
        entries.append(entry)
    plain = recipe.model_dump(mode="json")
    plain["forge"] += [entry.model_dump(mode="json") for entry in entries]
    return Recipe.model_validate(plain), tuple(remarks)


def _names_of(recipe: Recipe, job: WantedJobs) -> tuple[str, ...]:
    fitting = [
        source.name
        for source in recipe.sources
        if getattr(source, "domain", Domain.DOCUMENT) == job.domain
        and (not job.sources or source.name in job.sources)
    ]
    return tuple(name for name in fitting if name) if all(fitting) else ()
