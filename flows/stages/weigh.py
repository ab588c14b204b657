"""Weighs what all raters say: checks on their texts, the consensus, the chain of thought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import pyarrow as pa
from pydantic import TypeAdapter

from annotation.agreement import agreement_report
from annotation.chain_of_thought import render
from annotation.consensus import SampleConsensus, agree, undecided
from annotation.text_checks.checking import checked, with_judgements
from annotation.text_checks.figures import figures
from annotation.text_checks.grounding import observed_box
from flows.run import Run
from flows.stages import curate, judge, rate, referee
from flows.stages.forging import job_parts
from flows.stages.judging import people
from flows.stages.judging.facts import Facts, fact_hashes, read_facts
from flows.stages.stage import Stage, Work
from schemas.agreement import AgreementReport
from schemas.annotation import Annotation, Region
from schemas.annotation_table import annotation_table, read_annotations
from schemas.identity import canonical_json
from schemas.manifest import TextFigures
from schemas.record import AttributeConsensus
from storage.parts import Counts, Part

NAME = "weigh"
ROWS = "rows"
AGREED = "agreed"
REPORT = "report"
SCHEMA = pa.schema(
    {
        "sample_id": pa.string(),
        "attributes": pa.string(),
        "whole": pa.string(),
        "caption": pa.string(),
        "reasoning": pa.string(),
    }
)
REPORT_SCHEMA = pa.schema({"agreement": pa.string(), "texts": pa.string()})
_CONSENSUS = TypeAdapter(AttributeConsensus)
_ATTRIBUTES = TypeAdapter(tuple[AttributeConsensus, ...])
_TEXTS = TypeAdapter(tuple[TextFigures, ...])


def read_rows(run: Run, sample_ids: Iterable[str]) -> Mapping[str, tuple[Annotation, ...]]:
    """All judgements of these samples that stand, by sample."""
    table = run.part(NAME).select(ROWS, "sample_id", sample_ids)
    found: defaultdict[str, list[Annotation]] = defaultdict(list)
    for row in read_annotations(table):
        found[row.sample_id].append(row)
    return {sample_id: tuple(rows) for sample_id, rows in found.items()}


def parse_attributes(text: str) -> tuple[AttributeConsensus, ...]:
    """The column `attributes` of the table of what was agreed upon."""
    return _ATTRIBUTES.validate_json(text)


def parse_whole(text: str) -> AttributeConsensus:
    """The column `whole` of that table."""
    return _CONSENSUS.validate_json(text)


def read_reports(run: Run) -> tuple[AgreementReport, tuple[TextFigures, ...]]:
    """Who agrees with whom, and what was found about the texts."""
    (row,) = run.part(NAME).read(REPORT).to_pylist()
    return AgreementReport.from_json(row["agreement"]), _TEXTS.validate_json(row["texts"])


def _machines(run: Run) -> Iterator[Annotation]:
    for part in range(judge.JUDGE.count(run)):
        yield from read_annotations(run.part(judge.NAME, part).read(judge.TABLE))
    yield from rate.read_rated(run)


def _observed(run: Run) -> dict[str, Region]:
    """The boxes of what was changed, by forgery."""
    boxes = {}
    for part in range(len(job_parts.part_jobs(run))):
        rows = run.part(curate.NAME, part).read(curate.TABLE, ("job_id", "observed")).to_pylist()
        for row in rows:
            box = None if row["observed"] is None else observed_box(row["observed"])
            if box is not None:
                boxes[row["job_id"]] = box
    return boxes


def _slices(facts: Mapping[str, Facts]) -> dict[str, dict[str, str]]:
    """The ways to slice the set for figures of agreement: the group of each sample that has one."""
    return {
        "generator": {i: known.generator for i, known in facts.items() if known.generator},
        "operation": {i: known.operation for i, known in facts.items() if known.operation},
    }


def _inputs(run: Run, index: int) -> object:
    fakes = range(len(job_parts.part_jobs(run)))
    return (
        (run.recipe.seed, run.recipe.annotation.consensus),
        fact_hashes(run),
        [run.manifest(judge.NAME, part).hashes() for part in range(judge.JUDGE.count(run))],
        [run.manifest(rate.NAME, part).hashes() for part in range(rate.RATE.count(run))],
        [run.manifest(referee.NAME, part).hashes() for part in range(referee.REFEREE.count(run))],
        [run.manifest(curate.NAME, part).hashes() for part in fakes],
        people.signature(run),
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    facts = read_facts(run)
    said = people.read_people(run)
    machines = with_judgements(tuple(_machines(run)), *referee.read_supports(run))
    # A part of a rater that is made anew while samples leave may still speak of these.
    rows = [row for row in (*machines, *said.rows) if row.sample_id in facts]
    rows = list(checked(rows, _observed(run)))
    together = agree(rows, run.recipe.annotation.consensus)
    captions = rate.read_captions(run)
    by_sample: defaultdict[str, list[Annotation]] = defaultdict(list)
    for row in rows:
        by_sample[row.sample_id].append(row)
    agreed = []
    for sample_id, known in facts.items():
        decided = together.samples.get(sample_id) or undecided(sample_id)
        caption = known.caption or captions.get(sample_id) or known.said
        agreed.append(_agreed(known, caption, by_sample[sample_id], decided))
    report = agreement_report(rows, _slices(facts), primed=said.primed, seed=run.recipe.seed)
    texts = [one.model_dump() for one in figures(rows)]
    reports = [{"agreement": report.to_json(), "texts": canonical_json(texts)}]
    tables = {
        ROWS: annotation_table(row for sample_id in facts for row in by_sample[sample_id]),
        AGREED: pa.Table.from_pylist(agreed, SCHEMA),
        REPORT: pa.Table.from_pylist(reports, REPORT_SCHEMA),
    }
    return Work(tables, Counts(len(agreed), len(agreed)))


def _agreed(
    known: Facts,
    caption: str,
    rows: list[Annotation],
    decided: SampleConsensus,
) -> dict[str, Any]:
    published = decided.published()
    return {
        "sample_id": known.sample_id,
        "attributes": canonical_json([asdict(one) for one in published]),
        "whole": canonical_json(asdict(decided.whole.published())),
        "caption": caption,
        "reasoning": render(known.label, caption, rows, published),
    }


WEIGH = Stage(NAME, lambda run: 1, _inputs, _work)
