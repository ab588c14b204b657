"""One row of annotation: one rater's judgement of one attribute of one sample."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.vocabulary import Mode, RaterKind, Support, Verdict


@dataclass(frozen=True, slots=True)
class Region:
    """A box in fractions of width and height: 0 <= x0 < x1 <= 1, 0 <= y0 < y1 <= 1."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class TextChecks:
    """What was found about a rationale; None where that was not or cannot be looked at.

    `leaks`: words that tell what the rater was told. `boilerplate`: the text, or nearly it, stands
    in the rows of other pictures too. `contradiction`: it says the opposite of the verdict.
    `grounding`: the share of the observed mask's box and the pointed-at region that they have in
    common (intersection over union), for regions of forgeries with such a mask. `judged`: what a
    model of another family says of it, having seen the picture. `swapped`: what that model says of
    it before another picture; a text that any picture supports says nothing.
    """

    leaks: tuple[str, ...] = ()
    boilerplate: bool = False
    contradiction: bool = False
    grounding: float | None = None
    judged: Support | None = None
    swapped: Support | None = None


@dataclass(frozen=True, slots=True)
class Annotation:
    """One judgement. Rows are only ever added; the consensus names the rows that it used.

    `annotation_id` is derived from sample, rater, version, attribute and prompt version.
    `rater_family`: of models, those that are built alike ("gpt", "qwen"); empty for others.
    `attribute` is an id of `schemas.attributes`, or `WHOLE` for the picture as a whole; the verdict
    is about its forged pole. `score` is the rater's own evidence (larger: more forged), `None`
    where it has none; `confidence` is how sure it says it is of the verdict, 0..1. `region` is
    where it points, `mask` what it painted (one-bit PNG of the picture's size). `cues`: ids of
    `schemas.cues` that it names. `seconds`: how long a person took for the whole picture. `cost` is
    in US dollars.
    """

    annotation_id: str
    sample_id: str
    rater: str
    rater_kind: RaterKind
    rater_version: str
    mode: Mode
    attribute: str
    verdict: Verdict
    rationale: str
    rater_family: str = ""
    score: float | None = None
    confidence: float | None = None
    region: Region | None = None
    mask: bytes | None = None
    cues: tuple[str, ...] = ()
    prompt_version: str | None = None
    seconds: float | None = None
    cost: float = 0.0
    checks: TextChecks | None = None
