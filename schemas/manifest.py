"""The published set's `manifest.json`: what is in it, how it came about, what was left out.

It holds no time and no path of a machine, so that equal builds have equal manifests.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from schemas.agreement import AgreementReport

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


class AuditResult(_Entry):
    """The shortcut audit: AUC of classifiers that see side information alone, with a 95 % interval.

    `features` holds the AUC that each feature reaches by itself, strongest first.
    """

    auc: float
    low: float
    high: float
    classifier: str
    rows: int
    features: dict[str, float] = {}
    note: str = ""


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
    """The whole of `manifest.json`. `files` maps the other files (figures) to their SHA-256."""

    format: int = FORMAT
    counterfoil: str
    recipe: dict[str, Any]
    stages: tuple[StageCounts, ...]
    shards: tuple[Shard, ...]
    audit: AuditResult
    rater: RaterReport | None
    agreement: AgreementReport | None = None
    texts: tuple[TextFigures, ...] = ()
    versions: dict[str, str]
    files: dict[str, str] = {}
