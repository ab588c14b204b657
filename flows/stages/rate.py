"""Language models judge the pictures: a part for each stretch of samples that a rater is given."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from annotation.mllm.instructing import asked_cues, instructions_for
from annotation.mllm.quotas import rated_by
from annotation.mllm.rater import Rated, Unrated, rate
from endpoints.asked import chat_model
from endpoints.batch import converse_by_batch
from endpoints.converse import converse
from flows.account import BUDGET_REACHED, account_of, turn_at
from flows.run import Run
from flows.stages import curate, forge, judge, measure, select, sources
from flows.stages.judging.rated_samples import rated_samples
from flows.stages.stage import OUTCOME, Stage, Work
from schemas.annotation import Annotation
from schemas.annotation_table import annotation_table, read_annotations
from schemas.errors import BudgetReached
from schemas.recipe.model import MOST_PARTS
from schemas.recipe.raters import MllmRater
from schemas.vocabulary import Domain, Label, Mode, Status
from storage.parts import Part, count_outcomes

NAME = "rate"
ROWS = "rows"
OUTCOMES = "outcomes"
SCHEMA = pa.schema(
    {
        **OUTCOME,
        "sample_id": pa.string(),
        "rater": pa.string(),
        "caption": pa.string(),
        "repaired": pa.bool_(),
        "dollars": pa.float64(),
        "answer_keys": pa.list_(pa.string()),
    }
)
LEAST = 200
"""Pictures in a part, at least: each part waits for its slowest answer."""
_BATCHED = 10_000
"""Pictures in a part of a rater that is asked by batches: a part may wait a day for them, and holds
what it asks about in memory meanwhile."""
_BATCHES = "batches"
"""The folder in which files of requests wait for their upload."""
# How fast, for how much and with which key a rater is asked changes no judgement.
ASKING = {"concurrency", "requests_per_minute", "api_key_env", "dollars_per_million", "batch"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one part holds: a rater, and the samples that it judges there."""

    rater: MllmRater
    sample_ids: tuple[str, ...]


def stretches(run: Run) -> list[Stretch]:
    """The parts of the stage, in order."""
    if not run.recipe.annotation.mllm:
        return []
    samples = sorted((row["sample_id"], row["split"]) for row in select.read_samples(run))
    found = []
    for rater in run.recipe.annotation.mllm:
        chosen = [sample_id for sample_id, split in samples if rated_by(rater, sample_id, split)]
        found += [Stretch(rater, ids) for ids in cut(chosen, _BATCHED if rater.batch else LEAST)]
    return found


def cut(sample_ids: Sequence[str], least: int) -> Iterator[tuple[str, ...]]:
    """Samples in parts of at least `least`, larger where there would be too many parts."""
    size = max(least, math.ceil(len(sample_ids) / MOST_PARTS))
    for start in range(0, len(sample_ids), size):
        yield tuple(sample_ids[start : start + size])


def read_rated(run: Run) -> Iterator[Annotation]:
    """The judgements of all language models."""
    for part in range(len(stretches(run))):
        yield from read_annotations(run.part(NAME, part).read(ROWS))


def read_captions(run: Run) -> dict[str, str]:
    """Captions by sample: the first rater's that wrote one, in the recipe's order."""
    captions: dict[str, str] = {}
    for part in range(len(stretches(run))):
        for row in run.part(NAME, part).read(OUTCOMES, ("sample_id", "caption")).to_pylist():
            if row["caption"]:
                captions.setdefault(row["sample_id"], row["caption"])
    return captions


def _asked(run: Run, stretch: Stretch, sample_ids: Sequence[str]) -> Iterator[Rated | Unrated]:
    rater, families = stretch.rater, run.recipe.annotation.cues
    account = account_of(str(run.folder), run.recipe.budget)
    model = chat_model(rater, rater.most_tokens)
    samples = rated_samples(run, rater.mode, sample_ids)
    dialogues = (rate(rater, families, sample) for sample in samples)
    if rater.batch:
        return converse_by_batch(account, model, dialogues, run.folder / _BATCHES)
    return converse(account, model, dialogues, rater.concurrency)


def _inputs(run: Run, index: int) -> object:
    stretch = stretches(run)[index]
    rater, families = stretch.rater, run.recipe.annotation.cues
    samples = [row for row in select.read_samples(run) if row["sample_id"] in stretch.sample_ids]
    told: list[object] = [
        instructions_for(rater, asked_cues(families, domain)).version for domain in Domain
    ]
    if rater.mode is Mode.GROUNDED:
        told += [
            run.manifest(stage.name, part).hashes()
            for stage in (measure.MEASURE, judge.JUDGE)
            for part in range(stage.count(run))
        ]
    reals = sorted({row["part"] for row in samples if row["label"] == Label.REAL})
    fakes = sorted({row["part"] for row in samples if row["label"] == Label.FAKE})
    return (
        rater.model_dump(mode="json", exclude=ASKING),
        stretch.sample_ids,
        (run.recipe.seed, run.recipe.codec.model_dump(mode="json")),
        told,
        run.manifest(select.NAME).hashes(),
        [run.manifest(sources.NAME, part).hashes() for part in reals],
        [
            run.manifest(stage, part).hashes()
            for stage in (forge.NAME, curate.NAME)
            for part in fakes
        ],
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    stretch = stretches(run)[index]
    name = stretch.rater.name
    outcomes: dict[str, dict[str, Any]] = {}
    rows: list[Annotation] = []
    if previous is not None:
        before = previous.read(OUTCOMES).to_pylist()
        outcomes = {row["sample_id"]: row for row in before if row["status"] != Status.FAILED}
        rows = list(read_annotations(previous.read(ROWS)))
    left = [sample_id for sample_id in stretch.sample_ids if sample_id not in outcomes]
    try:
        # Parts that wait for batches wait side by side.
        with nullcontext() if stretch.rater.batch else turn_at(stretch.rater):
            for result in _asked(run, stretch, left) if left else ():
                outcomes[result.sample_id] = _outcome(result)
                if isinstance(result, Rated):
                    rows += result.rows
    except BudgetReached as reached:
        failed = {"reason": BUDGET_REACHED, "detail": str(reached)}
        for sample_id in left:
            outcomes.setdefault(sample_id, _row(sample_id, name, Status.FAILED, **failed))
    results = [outcomes[sample_id] for sample_id in stretch.sample_ids]
    order = {sample_id: number for number, sample_id in enumerate(stretch.sample_ids)}
    rows.sort(key=lambda row: order[row.sample_id])
    tables = {ROWS: annotation_table(rows), OUTCOMES: pa.Table.from_pylist(results, SCHEMA)}
    return Work(tables, count_outcomes((row["status"], row["reason"]) for row in results))


def _outcome(result: Rated | Unrated) -> dict[str, Any]:
    known: dict[str, Any] = {"dollars": result.dollars, "answer_keys": list(result.keys)}
    if isinstance(result, Unrated):
        known |= {"reason": result.reason, "detail": result.detail}
        return _row(result.sample_id, result.rater, Status.REJECTED, **known)
    known |= {"caption": result.caption, "repaired": result.repaired}
    return _row(result.sample_id, result.rater, Status.OK, **known)


def _row(sample_id: str, rater: str, status: Status, **known: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(SCHEMA.names)
    return row | {"sample_id": sample_id, "rater": rater, "status": status, **known}


RATE = Stage(NAME, lambda run: len(stretches(run)), _inputs, _work)
