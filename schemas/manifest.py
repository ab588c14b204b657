"""The published set's `manifest.json`: what is in it, how it came about, what was left out.

It holds no time and no path of a machine, so that equal builds have equal manifests.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from schemas.agreement import AgreementReport
from schemas.shortcuts import AuditReport

FORMAT = 1


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Shard(_Entry):
    """One Parquet file. `path` is relative to the set's folder."""

    path: str
    config: str
    split: str
    rows: int
    bytes: int
    sha256: str


class StageCounts(_Entry):
    """How the planned work of a stage ended. `reasons` counts the rejected and failed by reason."""

    stage: str
    planned: int
    ok: int
    rejected: int
    failed: int
    reasons: dict[str, int] = {}


class BenchmarkFigures(_Entry):
    """A test set of others that this set was held against, by fingerprints.

    `pictures`: how many it has. `sources`, `forgeries`: how many of those that were read or made
    stand in it; with the action `drop` none of them is published.
    """

    name: str
    action: str
    pictures: int
    sources: int
    forgeries: int


class TopicFigures(_Entry):
    """One topic of captions: its words, and how many pictures of each label are about it.

    `lopsided`: the label that has more of it than chance explains, or empty.
    """

    words: tuple[str, ...]
    real: int
    fake: int
    lopsided: str


class ContentFigures(_Entry):
    """Whether real and fake are about the same things, by their captions or embeddings (`by`).

    `distance`: the Jensen-Shannon distance of the two histograms, 0 to 1; `by_chance`: what 95 of
    100 blindly labelled sets of this size stay below. `auc`, with a 95 % interval: how well the
    content alone tells fake from real. `unknown`: pictures without a caption.
    """

    by: str = "captions"
    topics: tuple[TopicFigures, ...]
    distance: float
    by_chance: float
    auc: float
    low: float
    high: float
    unknown: int
    said: str


class RaterReport(_Entry):
    """What the measured rater found, against what is known.

    `thresholds`: the calibration, JSON-able. `authentic_present`: share of held-out authentic
    pictures judged `present`, by attribute. `held_out`: how many those are. `evidence_auc`: AUC of
    its evidence for "something was done here", held-out forgeries against held-out authentic
    pictures of the same domains, by operation and over all.
    """

    thresholds: dict[str, Any]
    authentic_present: dict[str, float]
    held_out: int
    evidence_auc: dict[str, float]


class TextFigures(_Entry):
    """Shares, 0..1, of one rater's rows in one mode; None where there is nothing to take one of.

    `rows`: those with a rationale that was checked. `leaking`, `boilerplate`, `contradicting`:
    shares of these. `grounded` rows point at a place in a forgery whose change is known; `hits` is
    the share of these with an overlap of `HIT` or more, `overlap` their mean intersection over
    union. `supported` is the share of `judged` rows that the judge bore out, `swapped_supported`
    that of the `swapped` rows which it bore out before another picture: the nearer the two, the
    less the texts say of their pictures.
    """

    rater: str
    family: str
    mode: str
    rows: int
    leaking: float | None
    boilerplate: float | None
    contradicting: float | None
    grounded: int
    hits: float | None
    overlap: float | None
    judged: int
    supported: float | None
    swapped: int
    swapped_supported: float | None


class Manifest(_Entry):
    """The whole of `manifest.json`. `files` maps the other files (figures) to their SHA-256.

    `canary` stands in the card and in every shard, so that a leak of the set can be found.
    `remarks`: what was noticed while it was planned. `masks`: the audit of masks, see
    `schemas.mask_audit.MaskAudit.figures`.
    """

    format: int = FORMAT
    counterfoil: str
    recipe: dict[str, Any]
    stages: tuple[StageCounts, ...]
    shards: tuple[Shard, ...]
    canary: str = ""
    remarks: tuple[str, ...] = ()
    audit: AuditReport
    contamination: tuple[BenchmarkFigures, ...] = ()
    content: ContentFigures | None = None
    masks: dict[str, Any] = {}
    rater: RaterReport | None
    agreement: AgreementReport | None = None
    texts: tuple[TextFigures, ...] = ()
    versions: dict[str, str]
    files: dict[str, str] = {}
