"""Joins a detector's answers to the rows of the set that it was asked about, and judges them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detector.mining.answers import Answer
from detector.mining.codec_bands import codec_band
from schemas.errors import DatasetError
from schemas.mask_sizes import size_bin

COLUMNS = (
    "sample_id",
    "domain",
    "operation",
    "generator",
    "group_id",
    "codec",
    "parameters",
    "quality",
    "attribution",
)
"""What is read of a published row."""
LEAST_IOU = 0.5
"""A mask that fits less does not find the forgery (Everingham et al., 2010, "PASCAL VOC")."""


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """A way of forging, in a domain."""

    generator: str
    operation: str
    domain: str


@dataclass(frozen=True, slots=True)
class Case:
    """A picture that was asked about, and whether the answer failed.

    `kind` is None for a real picture. `size`: the bin of the share that changed. `codec`: the band
    of its encoding. `group`: pictures that share one are not independent. `missed`: the verdict is
    wrong; `unreadable`: because nobody could read it. `astray`: a fake was found, but not where it
    is; None where that was not measured.
    """

    sample_id: str
    kind: Kind | None
    domain: str
    size: str
    codec: str
    group: str
    split: str
    attribution: str
    parameters: Mapping[str, Any]
    missed: bool
    unreadable: bool
    astray: bool | None = None
    perturbation: str = ""
    level: float | None = None


def join_cases(
    answers: Iterable[Answer], rows: Iterable[Mapping[str, Any]], named: str
) -> tuple[Case, ...]:
    """A case for every answer, in order of sample id. `rows`: published ones, with their `split`.

    Raises `DatasetError` where a picture is not among the rows of the set (`named`), or is real in
    the one place and fake in the other.
    """
    known = {row["sample_id"]: row for row in rows}
    ordered = sorted(answers, key=lambda one: (one.sample_id, one.perturbation, one.level or 0.0))
    strange = [one.sample_id for one in ordered if one.sample_id not in known]
    if strange:
        raise DatasetError(
            f"{len(set(strange)):,} pictures of the evaluation are not in {named}, {strange[0]} "
            "among them; name the set, and the build of it, that was evaluated"
        )
    cases = []
    for one in ordered:
        row = known[one.sample_id]
        if one.fake != (row["operation"] is not None):
            raise DatasetError(
                f"{one.sample_id} is {'fake' if one.fake else 'real'} in the evaluation and not in "
                f"{named}; name the build of the set that was evaluated"
            )
        cases.append(_case(one, row))
    return tuple(cases)


def _case(one: Answer, row: Mapping[str, Any]) -> Case:
    kind, size, astray = None, size_bin(None), None
    if one.fake:
        kind = Kind(row["generator"] or "", row["operation"], row["domain"])
        quality = row["quality"]
        areas = (quality["changed_area"], quality["applied_area"])
        size = size_bin(next((area for area in areas if area is not None), None))
        if not one.wrong and one.mask_iou is not None:
            astray = one.mask_iou < LEAST_IOU
    return Case(
        one.sample_id,
        kind,
        row["domain"],
        size,
        codec_band(row["codec"]).name,
        row["group_id"],
        row["split"],
        row["attribution"] or "",
        json.loads(row["parameters"] or "{}"),
        one.wrong,
        one.called_fake is None,
        astray,
        one.perturbation,
        one.level,
    )


def finds_places(cases: Sequence[Case]) -> bool:
    """Whether the detector has learnt to say where: half of its masks find what they should.

    Before that a mask in the wrong place says nothing about one kind of forgery.
    """
    measured = [case.astray for case in cases if case.astray is not None]
    return bool(measured) and 2 * sum(measured) <= len(measured)


def failed(case: Case, places: bool) -> bool:
    """Whether the detector failed on it; with `places`, a mask in the wrong place is a failure."""
    return case.missed or (places and case.astray is True)
