"""Stage 3: run the planned jobs; every one ends as ok, rejected or failed."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa

from flows.account import BUDGET_REACHED, account_of
from flows.run import Run
from flows.stages.forging.composing import compose
from flows.stages.forging.job_parts import job_sources, part_jobs, requested_mask, source_places
from flows.stages.forging.pictures import load_pictures, source_hashes
from flows.stages.prompts import WrittenRow, prompt_hashes, prompts_of
from flows.stages.stage import OUTCOME, Stage, Work
from generators.contract import CannotForge, Generator, Spends, breach
from generators.registry import create
from schemas.errors import BudgetReached, CounterfoilError
from schemas.identity import canonical_json
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Picture
from schemas.recipe.forge import ForgeEntry
from schemas.vocabulary import Status
from storage.codecs import encode_png
from storage.masks import encode_mask
from storage.parts import Part, count_outcomes

NAME = "forge"
TABLE = "forgeries"
SCHEMA = pa.schema(
    {
        **OUTCOME,
        "job_id": pa.string(),
        "source_id": pa.string(),
        "operation": pa.string(),
        "prompt": pa.string(),
        "scope": pa.string(),
        "parameters": pa.string(),
        "size": pa.int64(),
        "image": pa.binary(),
        "requested": pa.binary(),
        "applied": pa.binary(),
    }
)
_log = logging.getLogger(__name__)


@lru_cache(maxsize=8)
def _generator(name: str, options: str, folder: str, budget: float | None) -> Generator:
    # Once per worker process: loading a model is what a part must not pay for twice.
    generator = create(name, json.loads(options))
    if isinstance(generator, Spends):
        generator.use_account(account_of(folder, budget))
    return generator


def forge_rows(
    generator: Generator,
    entry: ForgeEntry,
    rows: Sequence[dict[str, Any]],
    pictures: dict[str, Picture],
) -> Iterator[dict[str, Any]]:
    """Forge the planned `rows`: one result row each, those of twins behind the others."""
    forged = list(
        forge_jobs(generator, entry, [r for r in rows if not r["composed_from"]], pictures)
    )
    by_id = {row["job_id"]: row for row in forged}
    for row in forged:
        spliced = entry.scope == "spliced" and row["status"] == Status.OK
        yield compose(row, pictures[row["source_id"]].pixels) if spliced else row
    for row in rows:
        if row["composed_from"]:
            made = by_id[row["composed_from"]] | {"job_id": row["job_id"]}
            ok = made["status"] == Status.OK
            yield compose(made, pictures[row["source_id"]].pixels) if ok else made


def forge_jobs(
    generator: Generator,
    entry: ForgeEntry,
    rows: Sequence[dict[str, Any]],
    pictures: dict[str, Picture],
) -> Iterator[dict[str, Any]]:
    """Forge the planned `rows`, in order, one result row each.

    A generator that raises loses the batch's remaining jobs one at a time: the one that breaks is
    `failed` and may be tried again, the others go on.
    """
    answered: dict[str, Forgery | Rejection] = {}
    jobs: list[Job] = []
    for row in rows:
        try:
            jobs.append(_load(row, entry, pictures))
        except CannotForge as refusal:
            answered[row["job_id"]] = Rejection(row["job_id"], refusal.reason, refusal.detail)
    by_id = {job.job_id: job for job in jobs}
    failures: dict[str, tuple[str, str]] = {}
    try:
        for result in generator.forge(jobs):
            answered[result.job_id] = result
    except BudgetReached as reached:
        failures = {job.job_id: (BUDGET_REACHED, str(reached)) for job in jobs}
    except CounterfoilError:
        raise
    except Exception as error:
        _log.warning("%s broke on a batch of %d: %r", generator.spec.name, len(jobs), error)
        for job in jobs:
            if job.job_id in answered:
                continue
            try:
                for result in generator.forge([job]):
                    answered[result.job_id] = result
            except Exception as again:
                detail = f"{type(again).__name__}: {again}"
                failures[job.job_id] = ("generator_error", detail)
    for row in rows:
        if row["job_id"] in answered:
            yield _result_row(row, answered[row["job_id"]], by_id.get(row["job_id"]))
        elif row["job_id"] in failures:
            yield _outcome(row, Status.FAILED, *failures[row["job_id"]])
        else:
            detail = f"{generator.spec.name} gave no answer for this job"
            yield _outcome(row, Status.FAILED, "no_answer", detail)


def _load(row: dict[str, Any], entry: ForgeEntry, pictures: dict[str, Picture]) -> Job:
    source = pictures[row["source_id"]] if row["source_id"] else None
    return Job(
        job_id=row["job_id"],
        operation=row["operation"],
        seed=row["seed"],
        picture=source,
        second=pictures[row["second_id"]] if row["second_id"] else None,
        mask=None if source is None else requested_mask(row, entry, source),
        prompt=row["prompt"],
        draw=row["index"],
        item=row["item"],
    )


def _result_row(
    row: dict[str, Any], result: Forgery | Rejection, job: Job | None
) -> dict[str, Any]:
    if isinstance(result, Rejection):
        return _outcome(row, Status.REJECTED, result.reason, result.detail)
    source = job.picture if job else None
    height_width = (source.source.height, source.source.width) if source else None
    if broken := breach(result, height_width):
        return _outcome(row, Status.FAILED, "contract_broken", broken)
    asked = job.mask if job else None
    requested = asked if result.requested is None else result.requested
    image = encode_png(result.image)
    notes = [*result.notes, *([row["prompt_note"]] if row["prompt_note"] else [])]
    parameters = dict(result.parameters) | {"notes": notes}
    if row["prompt_origin"] is not None:
        parameters["prompt_origin"] = row["prompt_origin"]
    if row["mask_kind"] is not None:
        parameters["mask_kind"] = row["mask_kind"]
    return _outcome(row, Status.OK, None, None) | {
        "prompt": row["prompt"],
        "scope": result.scope.value,
        "parameters": canonical_json(parameters),
        "size": len(image),
        "image": image,
        "requested": None if requested is None else encode_mask(requested),
        "applied": None if result.applied is None else encode_mask(result.applied),
    }


def _outcome(
    row: dict[str, Any], status: Status, reason: str | None, detail: str | None
) -> dict[str, Any]:
    return {
        **dict.fromkeys(SCHEMA.names),
        "status": status,
        "reason": reason,
        "detail": detail,
        "job_id": row["job_id"],
        "source_id": row["source_id"],
        "operation": row["operation"],
    }


def _inputs(run: Run, index: int) -> object:
    rows = part_jobs(run)[index]
    entry = run.recipe.forge[rows[0]["entry"]]
    return (
        rows,
        entry.options,
        (entry.mask_area, entry.scope, entry.segmenter),
        prompt_hashes(run, index),
        source_hashes(run, source_places(run), job_sources(rows)),
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    rows = part_jobs(run)[index]
    entry = run.recipe.forge[rows[0]["entry"]]
    done: dict[str, dict[str, Any]] = {}
    if previous is not None:
        before = previous.read(TABLE).to_pylist()
        done = {row["job_id"]: row for row in before if row["status"] != Status.FAILED}
    written = prompts_of(run, index)
    open_rows = []
    for row in rows:
        if row["job_id"] in done:
            continue
        prompt = written.get(row["composed_from"] or row["job_id"])
        if prompt is not None and prompt.status != Status.OK:
            done[row["job_id"]] = _outcome(row, prompt.status, prompt.reason, prompt.detail)
        else:
            open_rows.append(row | _told(prompt))
    pictures = load_pictures(run, source_places(run), job_sources(open_rows))
    generator = _generator(
        entry.generator, canonical_json(entry.options), str(run.folder), run.recipe.budget
    )
    done |= {row["job_id"]: row for row in forge_rows(generator, entry, open_rows, pictures)}
    results = [done[row["job_id"]] for row in rows]
    counts = count_outcomes((row["status"], row["reason"]) for row in results)
    return Work({TABLE: pa.Table.from_pylist(results, SCHEMA)}, counts)


def _told(written: WrittenRow | None) -> dict[str, Any]:
    """The columns of a planned job that a written prompt fills."""
    if written is None:
        return {}
    origin = f"{written.model}, told by {written.instructions}"
    return {"prompt": written.prompt, "prompt_origin": origin}


FORGE = Stage(NAME, lambda run: len(part_jobs(run)), _inputs, _work)
