"""Lets a panel judge a made set: three models, two people and the measured rater."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotation.agreement import agreement_report
from annotation.text_checks.figures import figures
from schemas.annotation import Annotation, TextChecks
from schemas.attributes import ATTRIBUTES_BY_ID, WHOLE
from schemas.identity import derive_id, unit_interval
from schemas.record import Record
from schemas.vocabulary import Label, Mode, RaterKind, Support, Verdict


@dataclass(frozen=True)
class Panelist:
    """A rater who errs and is unsure so often, and writes so many texts that fail a check."""

    name: str
    kind: RaterKind
    mode: Mode
    errs: float
    unsure: float
    boilerplate: float
    family: str = ""
    swapped: float = 0.2


PANEL = (
    Panelist("qwen-blind", RaterKind.MLLM, Mode.BLIND, 0.3, 0.05, 0.1, "qwen"),
    Panelist("glm-informed", RaterKind.MLLM, Mode.INFORMED, 0.2, 0.02, 0.37, "glm", 0.75),
    Panelist("gemma-grounded", RaterKind.MLLM, Mode.GROUNDED, 0.15, 0.1, 0.02, "gemma"),
    Panelist("ada", RaterKind.HUMAN, Mode.BLIND, 0.08, 0.04, 0.0),
    Panelist("ben@example.org", RaterKind.HUMAN, Mode.BLIND, 0.12, 0.15, 0.0),
)
_PRIMED = 0.4
_MACHINE = PANEL[0]


def with_panel(records: Iterable[Record], panel: Sequence[Panelist] = PANEL) -> list[Record]:
    """The records with the judgements of a panel behind those they have."""
    return [
        replace(
            record,
            annotations=(
                *(replace(row, checks=_form(row)) for row in record.annotations),
                *(row for one in panel for row in _rows(record, one)),
            ),
        )
        for record in records
    ]


def _form(row: Annotation) -> TextChecks:
    place = row.region is not None and row.sample_id.startswith("job")
    overlap = unit_interval(row.sample_id, "place") if place else None
    return TextChecks(boilerplate=unit_interval(row.annotation_id) < 0.97, grounding=overlap)


def primed(records: Iterable[Record]) -> set[str]:
    """Ids of the rows of people who saw what the first model says."""
    return {
        row.annotation_id
        for record in records
        for row in record.annotations
        if row.rater_kind is RaterKind.HUMAN and _is_primed(record.sample_id, row.rater)
    }


def _is_primed(sample_id: str, rater: str) -> bool:
    return rater != "ada" and unit_interval("primed", sample_id) < _PRIMED


def _verdict(record: Record, one: Panelist, question: str) -> Verdict:
    if one.kind is RaterKind.HUMAN and _is_primed(record.sample_id, one.name):
        return _verdict(record, _MACHINE, question)
    if unit_interval("unsure", record.sample_id, one.name, question) < one.unsure:
        return Verdict.UNSURE
    forged = record.label is Label.FAKE
    shows = forged and (
        question == WHOLE or unit_interval("shows", record.sample_id, question) < 0.5
    )
    errs = unit_interval("errs", record.sample_id, one.name, question) < one.errs
    return Verdict.PRESENT if shows != errs else Verdict.ABSENT


def _rows(record: Record, one: Panelist) -> Iterable[Annotation]:
    for question in (WHOLE, *ATTRIBUTES_BY_ID):
        if question == WHOLE and one.mode is not Mode.BLIND:
            continue
        annotation_id = derive_id("note", record.sample_id, one.name, question)
        draw = unit_interval(annotation_id)
        verdict = _verdict(record, one, question)
        pointing = verdict is Verdict.PRESENT and record.label is Label.FAKE
        machine = one.kind is RaterKind.MLLM
        yield Annotation(
            annotation_id=annotation_id,
            sample_id=record.sample_id,
            rater=one.name,
            rater_kind=one.kind,
            rater_version="1",
            mode=one.mode,
            attribute=question,
            verdict=verdict,
            rationale=f"{question} in {record.sample_id}: {draw:.3f}" if machine else "",
            rater_family=one.family,
            mask=_painted(record, one) if question == "edges" and draw < 0.8 else None,
            cost=0.0015 if machine else 0.0,
            checks=TextChecks(
                leaks=("mask",) if one.mode is not Mode.BLIND and draw < 0.04 else (),
                boilerplate=unit_interval("form", annotation_id) < one.boilerplate,
                contradiction=draw > 0.98,
                grounding=round(draw * 0.6, 4) if pointing and draw < 0.7 else None,
                judged=_support(draw < 0.8) if draw < 0.3 or draw > 0.9 else None,
                swapped=_support(unit_interval("swap", annotation_id) < one.swapped)
                if draw < 0.15
                else None,
            )
            if machine
            else None,
        )


def _painted(record: Record, one: Panelist) -> bytes | None:
    """People paint what was changed; one of them leaves out what hardly shows."""
    if one.kind is not RaterKind.HUMAN:
        return None
    return record.mask_applied if one.name == "ada" else record.mask_observed


def _support(borne_out: bool) -> Support:
    return Support.SUPPORTED if borne_out else Support.UNSUPPORTED


def panel_figures(records: Sequence[Record]) -> dict[str, Any]:
    """What stands in the manifest about agreement and about texts, by field."""
    rows = [row for record in records for row in record.annotations]
    groups = {
        "generator": {r.sample_id: r.generator for r in records if r.generator},
        "operation": {r.sample_id: r.operation for r in records if r.operation},
    }
    report = agreement_report(rows, groups, primed=primed(records), resamples=200)
    return {
        "agreement": report,
        "texts": figures(rows),
    }
