"""Weighs what all raters say: the consensus on each attribute, and the chain of thought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import pyarrow as pa
from pydantic import TypeAdapter

from annotation.chain_of_thought import render
from annotation.consensus import consensus
from flows.run import Run
from flows.stages import judge
from flows.stages.facts import Facts, fact_hashes, read_facts
from flows.stages.stage import Stage, Work
from schemas.annotation import Annotation
from schemas.annotation_table import annotation_table, read_annotations
from schemas.identity import canonical_json
from schemas.record import AttributeConsensus
from storage.parts import Counts, Part

NAME = "weigh"
ROWS = "rows"
AGREED = "agreed"
SCHEMA = pa.schema(
    {
        "sample_id": pa.string(),
        "attributes": pa.string(),
        "caption": pa.string(),
        "reasoning": pa.string(),
    }
)
_ATTRIBUTES = TypeAdapter(tuple[AttributeConsensus, ...])


def read_rows(run: Run, sample_ids: Iterable[str]) -> Mapping[str, tuple[Annotation, ...]]:
    """All judgements of these samples, by sample."""
    table = run.part(NAME).select(ROWS, "sample_id", sample_ids)
    found: defaultdict[str, list[Annotation]] = defaultdict(list)
    for row in read_annotations(table):
        found[row.sample_id].append(row)
    return {sample_id: tuple(rows) for sample_id, rows in found.items()}


def parse_attributes(text: str) -> tuple[AttributeConsensus, ...]:
    """The column `attributes` of the table of what was agreed upon."""
    return _ATTRIBUTES.validate_json(text)


def all_rows(run: Run) -> Iterator[Annotation]:
    """What every rater has said so far."""
    for part in range(judge.JUDGE.count(run)):
        yield from read_annotations(run.part(judge.NAME, part).read(judge.TABLE))


def weigh(facts: Facts, rows: tuple[Annotation, ...]) -> dict[str, Any]:
    """The row of one sample: the consensus, the caption, the chain of thought."""
    agreed = consensus(rows)
    return {
        "sample_id": facts.sample_id,
        "attributes": canonical_json([asdict(one) for one in agreed]),
        "caption": facts.said,
        "reasoning": render(facts.label, facts.said, rows, agreed),
    }


def _inputs(run: Run, index: int) -> object:
    return (
        run.recipe.annotation.consensus,
        fact_hashes(run),
        [run.manifest(judge.NAME, part).hashes() for part in range(judge.JUDGE.count(run))],
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    facts = read_facts(run)
    by_sample: defaultdict[str, list[Annotation]] = defaultdict(list)
    for row in all_rows(run):
        by_sample[row.sample_id].append(row)
    judged = {sample_id: tuple(by_sample[sample_id]) for sample_id in facts}
    agreed = [weigh(facts[sample_id], rows) for sample_id, rows in judged.items()]
    tables = {
        ROWS: annotation_table(row for rows in judged.values() for row in rows),
        AGREED: pa.Table.from_pylist(agreed, SCHEMA),
    }
    return Work(tables, Counts(len(agreed), len(agreed)))


WEIGH = Stage(NAME, lambda run: 1, _inputs, _work)
