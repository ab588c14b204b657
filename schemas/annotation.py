"""One row of annotation: one rater's judgement of one attribute of one sample."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.vocabulary import Mode, Verdict


@dataclass(frozen=True, slots=True)
class Region:
    """A box in fractions of width and height: 0 <= x0 < x1 <= 1, 0 <= y0 < y1 <= 1."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Annotation:
    """One judgement. Rows are only ever added; the consensus names the rows that it used.

    `annotation_id` is derived from sample, rater, version, attribute and prompt version.
    `rater_kind` is "measured", "mllm" or "human". `attribute` is an id of `schemas.attributes`;
    the verdict is about its forged pole. `score` is the rater's own evidence (larger: more
    forged), `None` where it has none. `cost` is in US dollars.
    """

    annotation_id: str
    sample_id: str
    rater: str
    rater_kind: str
    rater_version: str
    mode: Mode
    attribute: str
    verdict: Verdict
    rationale: str
    score: float | None = None
    region: Region | None = None
    prompt_version: str | None = None
    cost: float = 0.0
