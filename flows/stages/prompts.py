"""Between plan and forge: a language model writes the prompts that the recipe leaves to it.

A part for each part of the forge stage, numbered alike; one whose entry wants no such prompts is an
empty table. A recipe without any has no parts here at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from endpoints.account import Account
from flows.account import BUDGET_REACHED, account_of, turn_at
from flows.run import Run
from flows.stages.forging.job_parts import job_sources, part_jobs, requested_mask, source_places
from flows.stages.forging.pictures import load_pictures, source_hashes
from flows.stages.stage import OUTCOME, Stage, Work
from generators.contract import CannotForge, Need
from generators.planning.entries import entry_spec
from generators.prompts.asking import PromptTask, Written, write_prompts
from generators.prompts.instructing import instructions_for
from schemas.errors import BudgetReached
from schemas.job import Rejection
from schemas.picture import Picture
from schemas.recipe.forge import ForgeEntry
from schemas.recipe.prompts import WrittenPrompts
from schemas.vocabulary import Domain, Status
from storage.parts import Part, count_outcomes

NAME = "prompts"
TABLE = "prompts"
SCHEMA = pa.schema(
    {
        **OUTCOME,
        "job_id": pa.string(),
        "prompt": pa.string(),
        "instructions": pa.string(),
        "model": pa.string(),
        "repaired": pa.bool_(),
        "dollars": pa.float64(),
        "answer_key": pa.string(),
    }
)


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """What became of one job's prompt: `prompt` is None unless `status` is ok.

    `instructions` is the version of what the `model` was told.
    """

    status: Status
    prompt: str | None
    reason: str | None
    detail: str | None
    instructions: str | None
    model: str | None


def wants_prompts(entry: ForgeEntry) -> bool:
    """Whether a language model writes the prompts of an entry's jobs."""
    if entry.prompts.kind != "mllm":
        return False
    return Need.PROMPT in entry_spec(entry).needs


def prompts_of(run: Run, index: int) -> dict[str, WrittenRow]:
    """The written prompts of the forge stage's part `index`, by job; empty where none are."""
    if PROMPTS.count(run) == 0:
        return {}
    rows = run.part(NAME, index).read(TABLE).to_pylist()
    return {
        row["job_id"]: WrittenRow(
            Status(row["status"]),
            row["prompt"],
            row["reason"],
            row["detail"],
            row["instructions"],
            row["model"],
        )
        for row in rows
    }


def prompt_hashes(run: Run, index: int) -> list[str]:
    """Hashes of what `prompts_of` reads: part of what the forge stage's part depends on."""
    return [] if PROMPTS.count(run) == 0 else run.manifest(NAME, index).hashes()


def write_rows(
    account: Account,
    entry: ForgeEntry,
    rows: Sequence[Mapping[str, Any]],
    pictures: Mapping[str, Picture],
) -> Iterator[dict[str, Any]]:
    """A row for each of the planned `rows`, in order.

    Where the budget is reached, what is left is `failed`, and the next run goes on.
    """
    source = entry.prompts
    assert isinstance(source, WrittenPrompts)
    results: dict[str, dict[str, Any]] = {}
    tasks: list[PromptTask] = []
    for row in rows:
        try:
            tasks.append(_task(row, entry, pictures))
        except CannotForge as refusal:
            results[row["job_id"]] = _row(
                row["job_id"], Status.REJECTED, refusal.reason, refusal.detail
            )
    try:
        with turn_at(source):
            for answer in write_prompts(account, source, tasks):
                results[answer.job_id] = _answered(answer)
    except BudgetReached as reached:
        for task in tasks:
            results.setdefault(
                task.job_id, _row(task.job_id, Status.FAILED, BUDGET_REACHED, str(reached))
            )
    for row in rows:
        yield results[row["job_id"]]


def _task(row: Mapping[str, Any], entry: ForgeEntry, pictures: Mapping[str, Picture]) -> PromptTask:
    source, place = pictures[row["source_id"]], row["instance"]
    return PromptTask(
        job_id=row["job_id"],
        operation=row["operation"],
        domain=source.source.domain,
        pixels=source.pixels,
        label=None if place is None else source.source.instances[place].label,
        mask=requested_mask(row, entry, source),
        draw=row["index"],
    )


def _answered(answer: Written | Rejection) -> dict[str, Any]:
    if isinstance(answer, Rejection):
        return _row(answer.job_id, Status.REJECTED, answer.reason, answer.detail)
    return _row(answer.job_id, Status.OK, None, None) | {
        "prompt": answer.prompt,
        "instructions": answer.instructions,
        "model": answer.model,
        "repaired": answer.repaired,
        "dollars": answer.dollars,
        "answer_key": answer.answer_key,
    }


def _row(job_id: str, status: Status, reason: str | None, detail: str | None) -> dict[str, Any]:
    row = dict.fromkeys(SCHEMA.names)
    return row | {"job_id": job_id, "status": status, "reason": reason, "detail": detail}


def _jobs(run: Run, index: int) -> tuple[ForgeEntry, list[dict[str, Any]]]:
    """The entry of a part, and those of its planned jobs that want a prompt.

    A twin is composed from the result of another job, and so has that one's prompt.
    """
    rows = part_jobs(run)[index]
    entry = run.recipe.forge[rows[0]["entry"]]
    if not wants_prompts(entry):
        return entry, []
    return entry, [row for row in rows if not row["composed_from"]]


def _versions(entry: ForgeEntry, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The versions of all that a model may be told for these jobs."""
    assert isinstance(entry.prompts, WrittenPrompts)
    most = entry.prompts.max_characters
    operations = sorted({row["operation"] for row in rows})
    return [instructions_for(o, domain, most).version for o in operations for domain in Domain]


def _count(run: Run) -> int:
    wanted = any(wants_prompts(entry) for entry in run.recipe.forge)
    return len(part_jobs(run)) if wanted else 0


def _inputs(run: Run, index: int) -> object:
    entry, rows = _jobs(run, index)
    if not rows:
        return ()
    asked = ("job_id", "seed", "operation", "source_id", "mask_kind", "instance", "index")
    # How fast, for how much and with which key it is asked changes no prompt.
    asks = {"kind", "model", "base_url", "temperature", "max_characters", "resend_lost"}
    written_by = entry.prompts.model_dump(mode="json", include=asks)
    places = source_places(run)
    return (
        [[row[column] for column in asked] for row in rows],
        written_by,
        (entry.mask_area, entry.segmenter),
        _versions(entry, rows),
        source_hashes(run, places, job_sources(rows)),
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    entry, rows = _jobs(run, index)
    done: dict[str, dict[str, Any]] = {}
    if previous is not None:
        before = previous.read(TABLE).to_pylist()
        done = {row["job_id"]: row for row in before if row["status"] != Status.FAILED}
    open_rows = [row for row in rows if row["job_id"] not in done]
    if open_rows:
        pictures = load_pictures(run, source_places(run), job_sources(open_rows))
        account = account_of(str(run.folder), run.recipe.budget)
        done |= {r["job_id"]: r for r in write_rows(account, entry, open_rows, pictures)}
    results = [done[row["job_id"]] for row in rows]
    counts = count_outcomes((row["status"], row["reason"]) for row in results)
    return Work({TABLE: pa.Table.from_pylist(results, SCHEMA)}, counts)


PROMPTS = Stage(NAME, _count, _inputs, _work)
