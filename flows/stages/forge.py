"""Stage 3: run the planned jobs; every one ends as ok, rejected or failed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa

from flows.run import Run
from flows.stages import plan
from flows.stages.pictures import load_pictures, source_hashes
from flows.stages.stage import OUTCOME, Stage, Work
from generators.contract import CannotForge, Generator, breach
from generators.registry import create
from generators.requested_masks import draw_mask
from schemas.errors import GeneratorError, MissingExtraError, StorageError
from schemas.identity import canonical_json, derive_seed
from schemas.job import Forgery, Job, Rejection
from schemas.picture import Mask, Picture
from schemas.recipe.forge import ForgeEntry
from schemas.vocabulary import MaskKind, Status
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
def _generator(name: str, options: str) -> Generator:
    # Once per worker process: loading a model is what a part must not pay for twice.
    import json

    return create(name, json.loads(options))


def part_jobs(run: Run) -> list[list[dict[str, Any]]]:
    """The planned jobs (rows of the plan), by part."""
    rows = [r for r in plan.read_plan(run).jobs.to_pylist() if r["status"] == Status.OK]
    parts: list[list[dict[str, Any]]] = [
        [] for _ in range(1 + max((r["part"] for r in rows), default=-1))
    ]
    for row in rows:
        parts[row["part"]].append(row)
    return parts


def source_places(run: Run) -> dict[str, int]:
    """The sources part in which each kept source lies."""
    kept = run.part(plan.NAME).read(plan.KEPT, ("source_id", "part"))
    return dict(zip(kept["source_id"].to_pylist(), kept["part"].to_pylist(), strict=True))


def job_sources(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The ids of all sources that these jobs use, sorted."""
    ids = {row[column] for row in rows for column in ("source_id", "second_id")}
    return sorted(source_id for source_id in ids if source_id is not None)


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
    masks = {job.job_id: job.mask for job in jobs}
    failures: dict[str, str] = {}
    try:
        for result in generator.forge(jobs):
            answered[result.job_id] = result
    except (MissingExtraError, StorageError, GeneratorError):
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
                failures[job.job_id] = f"{type(again).__name__}: {again}"
    for row in rows:
        if row["job_id"] in answered:
            yield _result_row(row, answered[row["job_id"]], masks.get(row["job_id"]))
        elif row["job_id"] in failures:
            yield _outcome(row, Status.FAILED, "generator_error", failures[row["job_id"]])
        else:
            detail = f"{generator.spec.name} gave no answer for this job"
            yield _outcome(row, Status.FAILED, "no_answer", detail)


def _load(row: dict[str, Any], entry: ForgeEntry, pictures: dict[str, Picture]) -> Job:
    source = pictures[row["source_id"]]
    mask = None
    if row["mask_kind"] is not None:
        kind, seed = MaskKind(row["mask_kind"]), derive_seed("mask", row["seed"])
        mask = draw_mask(kind, source, seed, entry.mask_area)
    second = pictures[row["second_id"]] if row["second_id"] else None
    return Job(row["job_id"], row["operation"], row["seed"], source, second, mask, row["prompt"])


def _result_row(
    row: dict[str, Any], result: Forgery | Rejection, asked: Mask | None
) -> dict[str, Any]:
    if isinstance(result, Rejection):
        return _outcome(row, Status.REJECTED, result.reason, result.detail)
    if broken := breach(result):
        return _outcome(row, Status.FAILED, "contract_broken", broken)
    requested = asked if result.requested is None else result.requested
    image = encode_png(result.image)
    parameters = dict(result.parameters) | {"notes": list(result.notes)}
    if row["mask_kind"] is not None:
        parameters["mask_kind"] = row["mask_kind"]
    return _outcome(row, Status.OK, None, None) | {
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
        entry.mask_area,
        source_hashes(run, source_places(run), job_sources(rows)),
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    rows = part_jobs(run)[index]
    entry = run.recipe.forge[rows[0]["entry"]]
    done: dict[str, dict[str, Any]] = {}
    if previous is not None:
        before = previous.read(TABLE).to_pylist()
        done = {row["job_id"]: row for row in before if row["status"] != Status.FAILED}
    open_rows = [row for row in rows if row["job_id"] not in done]
    pictures = load_pictures(run, source_places(run), job_sources(open_rows))
    generator = _generator(entry.generator, canonical_json(entry.options))
    done |= {row["job_id"]: row for row in forge_jobs(generator, entry, open_rows, pictures)}
    results = [done[row["job_id"]] for row in rows]
    counts = count_outcomes((row["status"], row["reason"]) for row in results)
    return Work({TABLE: pa.Table.from_pylist(results, SCHEMA)}, counts)


FORGE = Stage(NAME, lambda run: len(part_jobs(run)), _inputs, _work)
