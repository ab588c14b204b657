"""Stage 7: calibrate the measured rater on authentic pictures, judge all, render the reasoning."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
from sklearn.metrics import roc_auc_score

from annotation.calibration import Calibration, calibrate
from annotation.chain_of_thought import render
from annotation.consensus import consensus
from annotation.measured_rater import evidence, judge
from flows.run import Run
from flows.stages import job_parts, measure, select, sources
from flows.stages.stage import Stage, Work
from schemas.annotation import Region
from schemas.attributes import ATTRIBUTES_BY_ID
from schemas.identity import canonical_json
from schemas.manifest import RaterReport
from schemas.recipe.raters import MeasuredRater
from schemas.vocabulary import Domain, Label, Verdict
from storage.parts import Counts, Part

NAME = "judge"
TABLE = "judgements"
REPORT = "report"
SCHEMA = pa.schema(
    {
        "sample_id": pa.string(),
        "annotations": pa.string(),
        "attributes": pa.string(),
        "reasoning": pa.string(),
    }
)
REPORT_SCHEMA = pa.schema({"report": pa.string()})
CALIBRATING_SPLIT = "train"
_EVERYWHERE = Region(0.0, 0.0, 1.0, 1.0)
_CAPTIONS = {
    Domain.NATURAL: "A photograph.",
    Domain.DEEPFAKE: "A photograph of a person.",
    Domain.DOCUMENT: "A captured page of a document.",
    Domain.AIGC: "A picture.",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample with what was measured on it."""

    sample_id: str
    label: Label
    domain: Domain
    split: str
    operation: str | None
    caption: str | None
    region: Region
    values: Mapping[str, float]

    @property
    def yardstick(self) -> Domain:
        """The domain of the authentic pictures that it is held against: none are synthetic."""
        return Domain.NATURAL if self.domain is Domain.AIGC else self.domain


def caption_of(domain: Domain, known: str | None) -> str:
    """The caption that is known, or what the domain alone says."""
    return known or _CAPTIONS[domain]


def learn(samples: Sequence[Sample], quantile: float) -> Calibration:
    """What is ordinary, from the authentic pictures of the training split alone."""
    authentic: defaultdict[Domain, list[Mapping[str, float]]] = defaultdict(list)
    for sample in samples:
        if sample.label is Label.REAL and sample.split == CALIBRATING_SPLIT:
            authentic[sample.domain].append(sample.values)
    return calibrate(authentic, quantile)


def judge_sample(sample: Sample, calibration: Calibration) -> dict[str, Any]:
    """The row of one sample: its annotations, their consensus, the chain of thought."""
    rows = judge(sample.sample_id, sample.values, calibration, sample.yardstick, sample.region)
    agreed = consensus(rows)
    caption = caption_of(sample.domain, sample.caption)
    return {
        "sample_id": sample.sample_id,
        "annotations": canonical_json([asdict(row) for row in rows]),
        "attributes": canonical_json([asdict(one) for one in agreed]),
        "reasoning": render(sample.label, caption, rows, agreed),
    }


def report(
    samples: Sequence[Sample],
    verdicts: Mapping[str, Mapping[str, Verdict]],
    calibration: Calibration,
) -> RaterReport:
    """How the rater did on authentic pictures that it was not calibrated on, and on forgeries."""
    held_out = [s for s in samples if s.label is Label.REAL and s.split != CALIBRATING_SPLIT]
    present = {
        attribute: sum(verdicts[s.sample_id][attribute] is Verdict.PRESENT for s in held_out)
        / len(held_out)
        for attribute in ATTRIBUTES_BY_ID
        if held_out
    }
    scores = {s.sample_id: evidence(s.values, calibration, s.yardstick) for s in samples}
    fakes = [s for s in samples if s.label is Label.FAKE and s.split != CALIBRATING_SPLIT]
    by_operation: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in fakes:
        by_operation[sample.operation or "unknown"].append(sample)
    aucs = {}
    for operation, forged in [*sorted(by_operation.items()), ("all", fakes)]:
        domains = {s.yardstick for s in forged}
        authentic = [s for s in held_out if s.domain in domains]
        if authentic and forged:
            truth = [0] * len(authentic) + [1] * len(forged)
            ranked = [scores[s.sample_id] for s in (*authentic, *forged)]
            aucs[operation] = round(float(roc_auc_score(truth, ranked)), 4)
    return RaterReport(
        thresholds=calibration.to_dict(),
        authentic_present={name: round(share, 4) for name, share in present.items()},
        held_out=len(held_out),
        evidence_auc=aucs,
    )


def read_report(run: Run) -> RaterReport:
    """The report of a finished stage."""
    (text,) = run.part(NAME).read(REPORT)["report"].to_pylist()
    return RaterReport.model_validate_json(text)


def _samples(run: Run) -> Iterator[Sample]:
    chosen = {row["sample_id"]: row for row in select.read_samples(run)}
    captions: dict[str, str | None] = {}
    for part in range(len(sources.chunks(run))):
        rows = run.part(sources.NAME, part).read(sources.TABLE, ("source_id", "source"))
        for row in rows.to_pylist():
            if row["source_id"] is not None:
                captions[row["source_id"]] = sources.parse_source(row["source"]).caption
    for part in range(len(sources.chunks(run)) + len(job_parts.part_jobs(run))):
        for row in run.part(measure.NAME, part).read(measure.TABLE).to_pylist():
            sample = chosen[row["sample_id"]]
            values = json.loads(row["values"])
            yield Sample(
                sample_id=row["sample_id"],
                label=Label(sample["label"]),
                domain=Domain(sample["domain"]),
                split=sample["split"],
                operation=sample["operation"],
                caption=captions.get(sample["source_id"]),
                region=_EVERYWHERE
                if row["region"] is None
                else Region(**json.loads(row["region"])),
                values={n: math.nan if v is None else v for n, v in values.items()},
            )


def _inputs(run: Run, index: int) -> object:
    parts = len(sources.chunks(run)) + len(job_parts.part_jobs(run))
    return (
        run.recipe.annotation.model_dump(mode="json"),
        run.manifest(select.NAME).hashes(),
        [run.manifest(measure.NAME, part).hashes() for part in range(parts)],
        [run.manifest(sources.NAME, part).hashes() for part in range(len(sources.chunks(run)))],
    )


def _work(run: Run, index: int, previous: Part | None) -> Work:
    samples = sorted(_samples(run), key=lambda sample: sample.sample_id)
    measured = run.recipe.annotation.measured or MeasuredRater()
    calibration = learn(samples, measured.present_quantile)
    rows = [judge_sample(sample, calibration) for sample in samples]
    verdicts = {
        row["sample_id"]: {
            entry["attribute"]: Verdict(entry["verdict"])
            for entry in json.loads(row["annotations"])
        }
        for row in rows
    }
    found = report(samples, verdicts, calibration).model_dump_json()
    tables = {
        TABLE: pa.Table.from_pylist(rows, SCHEMA),
        REPORT: pa.Table.from_pylist([{"report": found}], REPORT_SCHEMA),
    }
    return Work(tables, Counts(len(rows), len(rows)))


JUDGE = Stage(NAME, lambda run: 1, _inputs, _work)
