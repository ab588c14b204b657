"""Stage 7: calibrate the measured rater on authentic pictures, and let it judge all."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from sklearn.metrics import roc_auc_score

from annotation.calibration import Calibration, calibrate
from annotation.measured_rater import evidence, judge
from flows.run import Run
from flows.stages import measure, sources
from flows.stages.forging import job_parts
from flows.stages.judging.facts import Facts, fact_hashes, read_facts
from flows.stages.stage import Stage, Work
from schemas.annotation import Annotation, Region
from schemas.annotation_table import annotation_table
from schemas.attributes import ATTRIBUTES_BY_ID
from schemas.manifest import RaterReport
from schemas.vocabulary import Domain, Label, Verdict
from storage.parts import Counts, Part

NAME = "judge"
TABLE = "judgements"
REPORT = "report"
REPORT_SCHEMA = pa.schema({"report": pa.string()})
CALIBRATING_SPLIT = "train"
_EVERYWHERE = Region(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample with what was measured on it."""

    facts: Facts
    region: Region
    values: Mapping[str, float]

    @property
    def yardstick(self) -> Domain:
        """The domain of the authentic pictures that it is held against: none are synthetic."""
        return Domain.NATURAL if self.facts.domain is Domain.AIGC else self.facts.domain

    def calibrates(self) -> bool:
        """Whether it belongs to the pictures from which the rater learns what is ordinary."""
        return self.facts.split == CALIBRATING_SPLIT


def learn(samples: Sequence[Sample], quantile: float) -> Calibration:
    """What is ordinary, from the authentic pictures of the training split alone."""
    authentic: defaultdict[Domain, list[Mapping[str, float]]] = defaultdict(list)
    for sample in samples:
        if sample.facts.label is Label.REAL and sample.calibrates():
            authentic[sample.facts.domain].append(sample.values)
    return calibrate(authentic, quantile)


def report(
    samples: Sequence[Sample], rows: Iterable[Annotation], calibration: Calibration
) -> RaterReport:
    """How the rater did on authentic pictures that it was not calibrated on, and on forgeries."""
    verdicts = {(row.sample_id, row.attribute): row.verdict for row in rows}
    held_out = [s for s in samples if s.facts.label is Label.REAL and not s.calibrates()]
    present = {
        attribute: sum(verdicts[s.facts.sample_id, attribute] is Verdict.PRESENT for s in held_out)
        / len(held_out)
        for attribute in ATTRIBUTES_BY_ID
        if held_out
    }
    scores = {s.facts.sample_id: evidence(s.values, calibration, s.yardstick) for s in samples}
    fakes = [s for s in samples if s.facts.label is Label.FAKE and not s.calibrates()]
    by_operation: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in fakes:
        by_operation[sample.facts.operation or "unknown"].append(sample)
    aucs = {}
    for operation, forged in [*sorted(by_operation.items()), ("all", fakes)]:
        domains = {s.yardstick for s in forged}
        authentic = [s for s in held_out if s.facts.domain in domains]
        if authentic and forged:
            truth = [0] * len(authentic) + [1] * len(forged)
            ranked = [scores[s.facts.sample_id] for s in (*authentic, *forged)]
            aucs[operation] = round(float(roc_auc_score(truth, ranked)), 4)
    return RaterReport(
        thresholds=calibration.to_dict(),
        authentic_present={name: round(share, 4) for name, share in present.items()},
        held_out=len(held_out),
        evidence_auc=aucs,
    )


def read_report(run: Run) -> RaterReport | None:
    """The report of a finished stage; None where the measured rater is none of the raters."""
    if not _count(run):
        return None
    (text,) = run.part(NAME).read(REPORT)["report"].to_pylist()
    return RaterReport.model_validate_json(text)


def _count(run: Run) -> int:
    return 0 if run.recipe.annotation.measured is None else 1


def _samples(run: Run) -> Iterator[Sample]:
    facts = read_facts(run)
    for part in range(_measured_parts(run)):
        for row in run.part(measure.NAME, part).read(measure.TABLE).to_pylist():
            region = row["region"]
            yield Sample(
                facts=facts[row["sample_id"]],
                region=_EVERYWHERE if region is None else Region(**json.loads(region)),
                values={
                    name: math.nan if value is None else value
                    for name, value in json.loads(row["values"]).items()
                },
            )


def _measured_parts(run: Run) -> int:
    return len(sources.chunks(run)) + len(job_parts.part_jobs(run))


def _inputs(run: Run, index: int) -> object:
    measured = run.recipe.annotation.measured
    return (
        None if measured is None else measured.model_dump(mode="json"),
        fact_hashes(run),
        [run.manifest(measure.NAME, part).hashes() for part in range(_measured_parts(run))],
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    measured = run.recipe.annotation.measured
    assert measured is not None, "the stage has no part without the rater"
    samples = sorted(_samples(run), key=lambda sample: sample.facts.sample_id)
    calibration = learn(samples, measured.present_quantile)
    rows = [
        row
        for sample in samples
        for row in judge(
            sample.facts.sample_id, sample.values, calibration, sample.yardstick, sample.region
        )
    ]
    found = report(samples, rows, calibration).model_dump_json()
    tables = {
        TABLE: annotation_table(rows),
        REPORT: pa.Table.from_pylist([{"report": found}], REPORT_SCHEMA),
    }
    return Work(tables, Counts(len(samples), len(samples)))


JUDGE = Stage(NAME, _count, _inputs, _work)
