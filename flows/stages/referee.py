"""A model of another family checks the rationales of the language models against the pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from annotation.mllm.judge import (
    MOST_STATEMENTS,
    Judged,
    Unjudged,
    judge,
    judged_rows,
    other_picture,
    swapped_rows,
)
from endpoints.asked import chat_model
from endpoints.converse import converse
from endpoints.dialogue import Dialogue
from flows.account import BUDGET_REACHED, account_of, turn_at
from flows.run import Run
from flows.stages import rate
from flows.stages.judging.facts import fact_hashes, read_facts
from flows.stages.judging.shown import shown
from flows.stages.stage import OUTCOME, Stage, Work
from schemas.annotation import Annotation
from schemas.errors import BudgetReached
from schemas.recipe.raters import Judge
from schemas.vocabulary import Status, Support
from storage.parts import Part, count_outcomes

NAME = "referee"
TABLE = "supports"
SCHEMA = pa.schema(
    {
        **OUTCOME,
        "annotation_id": pa.string(),
        "swapped": pa.bool_(),
        "support": pa.string(),
        "model": pa.string(),
        "dollars": pa.float64(),
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: the rows of a sample, before its own picture or before another's."""

    sample_id: str
    picture_of: str
    rows: tuple[Annotation, ...]

    @property
    def swapped(self) -> bool:
        """Whether it is the control."""
        return self.sample_id != self.picture_of


def read_supports(run: Run) -> tuple[dict[str, Support], dict[str, Support]]:
    """What the judge says of rows, by their ids: before their own pictures, and before others."""
    judged: dict[str, Support] = {}
    swapped: dict[str, Support] = {}
    for part in range(_count(run)):
        for row in run.part(NAME, part).read(TABLE).to_pylist():
            if row["status"] == Status.OK:
                supports = swapped if row["swapped"] else judged
                supports[row["annotation_id"]] = Support(row["support"])
    return judged, swapped


def _stretches(run: Run) -> list[tuple[str, ...]]:
    if run.recipe.annotation.judge is None:
        return []
    rated = sorted({i for stretch in rate.stretches(run) for i in stretch.sample_ids})
    return list(rate.cut(rated, rate.LEAST))


def _count(run: Run) -> int:
    return len(_stretches(run))


def _questions(run: Run, referee: Judge, sample_ids: Sequence[str]) -> Iterator[Asked]:
    """What is asked about these samples. Another picture is one of the same domain among them."""
    by_sample: defaultdict[str, list[Annotation]] = defaultdict(list)
    wanted = set(sample_ids)
    for row in rate.read_rated(run):
        if row.sample_id in wanted:
            by_sample[row.sample_id].append(row)
    facts = read_facts(run)
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for sample_id in sample_ids:
        alike[facts[sample_id].domain].append(sample_id)
    for sample_id in sample_ids:
        rows = judged_rows(referee, by_sample[sample_id])
        other = other_picture(sample_id, alike[facts[sample_id].domain])
        for picture_of, asked in ((sample_id, rows), (other, swapped_rows(referee, rows))):
            for start in range(0, len(asked) if picture_of else 0, MOST_STATEMENTS):
                some = asked[start : start + MOST_STATEMENTS]
                yield Asked(sample_id, picture_of or "", some)


def _dialogues(
    run: Run, referee: Judge, questions: Sequence[Asked]
) -> Iterator[Dialogue[Judged | Unjudged]]:
    pictures = shown(run, [question.picture_of for question in questions])
    for question, picture in zip(questions, pictures, strict=True):
        yield judge(referee, question.rows, picture.image)


def _inputs(run: Run, index: int) -> object:
    referee = run.recipe.annotation.judge
    assert referee is not None, "the stage has no part without a judge"
    return (
        referee.model_dump(mode="json", exclude=rate.ASKING),
        _stretches(run)[index],
        run.recipe.codec.model_dump(mode="json"),
        fact_hashes(run),
        [run.manifest(rate.NAME, part).hashes() for part in range(len(rate.stretches(run)))],
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    referee = run.recipe.annotation.judge
    assert referee is not None, "the stage has no part without a judge"
    questions = list(_questions(run, referee, _stretches(run)[index]))
    account = account_of(str(run.folder), run.recipe.budget)
    answers = converse(
        account, chat_model(referee), _dialogues(run, referee, questions), referee.concurrency
    )
    rows: list[dict[str, Any]] = []
    done = 0
    try:
        with turn_at(referee):
            for question, answer in zip(questions, answers, strict=True):
                rows += _rows(question, answer)
                done += 1
    except BudgetReached as reached:
        # What was answered is in the ledger: asking again costs nothing.
        for question in questions[done:]:
            known = {"status": Status.FAILED, "reason": BUDGET_REACHED, "detail": str(reached)}
            rows += [_row(question, row, known) for row in question.rows]
    counts = count_outcomes((row["status"], row["reason"]) for row in rows)
    return Work({TABLE: pa.Table.from_pylist(rows, SCHEMA)}, counts)


def _rows(question: Asked, answer: Judged | Unjudged) -> Iterator[dict[str, Any]]:
    for row in question.rows:
        if isinstance(answer, Unjudged):
            known = {"status": Status.REJECTED, "reason": answer.reason, "detail": answer.detail}
        else:
            support = answer.supports[row.annotation_id]
            known = {"status": Status.OK, "support": support, "model": answer.model}
        share = None if answer.dollars is None else answer.dollars / len(question.rows)
        yield _row(question, row, known | {"dollars": share})


def _row(question: Asked, row: Annotation, known: Mapping[str, Any]) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(SCHEMA.names)
    return empty | {"annotation_id": row.annotation_id, "swapped": question.swapped, **known}


REFEREE = Stage(NAME, _count, _inputs, _work)
