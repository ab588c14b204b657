"""What a shortcut audit found, as curation measures it and as its page shows it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from pydantic.dataclasses import dataclass


class Family(StrEnum):
    """What kind of thing a feature tells of a picture."""

    CONTAINER = "container"
    """The file's format and colour mode."""
    SIZE = "size"
    """Width, height, and what they are multiples of."""
    ENCODING = "encoding"
    """Quality, quantisation tables, subsampling, Huffman tables, bytes a pixel."""
    METADATA = "metadata"
    """EXIF, XMP, colour profile, comments, and the order in which the file's segments stand."""
    HISTORY = "history"
    """Traces of earlier saves: the 8 by 8 grid, where it lies, a second quantisation."""
    COLOUR = "colour"
    """Means, spreads and saturation over the whole picture."""
    FREQUENCY = "frequency"
    """The spectrum of the whole picture: its slope, its fine end, its regular peaks."""


SIDE_FAMILIES: tuple[Family, ...] = (
    Family.CONTAINER,
    Family.SIZE,
    Family.ENCODING,
    Family.METADATA,
    Family.HISTORY,
)
"""Side information: what a file tells without what it shows. The gate decides by these alone."""
PIXEL_FAMILIES: tuple[Family, ...] = (Family.COLOUR, Family.FREQUENCY)
"""Global statistics of what is shown. A forgery may differ here, so they are told, never judged."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Estimate(_Entry):
    """An AUC with its 95 % interval by bootstrap over groups.

    `null`: the AUC that 95 of 100 sets without any shortcut stay below. `p_value`: how often a set
    without one reaches this AUC.
    """

    auc: float
    low: float
    high: float
    null: float
    p_value: float


class Bars(_Entry):
    """How a feature's values are distributed: shares of the real and of the fake by bin.

    `names` say what each bin holds; a bin's shares of one label add up to 1 over the bins.
    """

    names: tuple[str, ...]
    real: tuple[float, ...]
    fake: tuple[float, ...]


@dataclass(frozen=True)
class FeatureAuc:
    """What one feature betrays alone: the AUC of a shallow tree that sees only it."""

    name: str
    auc: float
    family: Family = Family.CONTAINER


class Finding(_Entry):
    """One feature that tells real from fake by itself, beyond chance.

    `direction`: how the fakes differ, in words. `real`, `fake`: typical values. `also`: other
    features that tell too, but no more where this one is equal. `remedy`: what to do about it.
    """

    feature: str
    title: str
    family: Family
    auc: float
    low: float
    high: float
    direction: str
    real: str
    fake: str
    bars: Bars
    also: tuple[str, ...] = ()
    remedy: str

    @property
    def advice(self) -> str:
        """What was seen, and what to do about it."""
        title = self.title[0].upper() + self.title[1:]
        return f"{title}: real pictures have {self.real}, forgeries {self.fake}. {self.remedy}"


class FamilyAuc(_Entry):
    """What one family betrays by itself, and what the other families of its kind do without it.

    `without` is None where it was not measured, because the family betrays nothing.
    """

    family: Family
    features: int
    auc: float | None
    without: float | None = None


class Slice(_Entry):
    """The audit of a part of the set: a domain, or a generator against the reals of its domains.

    `estimate` is None where the slice is too small, and `note` says so. `tells`: the feature that
    gives it away, empty where it does not differ from chance.
    """

    kind: str
    name: str
    real: int
    fake: int
    groups: int
    estimate: Estimate | None
    tells: str = ""
    note: str = ""


class Extreme(_Entry):
    """A file that side information alone puts most surely on its side."""

    key: str
    label: str
    score: float


class Verdict(StrEnum):
    """What becomes of a set."""

    PASS = "pass"
    """The AUC stays within the limit."""
    REFUSE = "refuse"
    """It lies above, and no chance explains it."""
    UNCLEAR = "unclear"
    """It lies above, but so it would in a set of this size without any shortcut."""
    NOTHING = "nothing"
    """There was nothing to measure."""


class AuditReport(_Entry):
    """The audit's findings.

    `auc`, of `classifier`, is the better of `classifiers` (name, AUC) on side information;
    `low`, `high`: its 95 % interval by bootstrap over groups, the fitted models held fixed.
    `null`, `p_value`: see `Estimate`; both take into account that the better of two was taken.
    `pooled_auc`: the AUC over all folds' scores. `statistics`: the same measurement on the global
    statistics of the pixels, None where they were not asked for. `features`: all that vary, worst
    first. `note` says why there was nothing to measure (the AUC is then 0.5), else it is empty.
    `n_used`: how many rows the models saw.
    """

    auc: float
    low: float
    high: float
    null: float = 0.5
    p_value: float = 1.0
    pooled_auc: float = 0.5
    classifier: str = "none"
    classifiers: tuple[tuple[str, float], ...] = ()
    limit: float = 0.6
    features: tuple[FeatureAuc, ...] = ()
    findings: tuple[Finding, ...] = ()
    families: tuple[FamilyAuc, ...] = ()
    statistics: Estimate | None = None
    statistics_findings: tuple[Finding, ...] = ()
    slices: tuple[Slice, ...] = ()
    extremes: tuple[Extreme, ...] = ()
    n_rows: int
    n_used: int = 0
    n_fake: int
    n_groups: int
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """Refused only where the AUC is above the limit and above what chance gives."""
        if self.note:
            return Verdict.NOTHING
        if self.auc <= self.limit:
            return Verdict.PASS
        return Verdict.REFUSE if self.auc > self.null else Verdict.UNCLEAR


class UnreadFile(_Entry):
    """A file of the set that is no readable picture, and why."""

    key: str
    reason: str


class AuditedSet(_Entry):
    """What was audited: the set's name, and the files of it that could not be read.

    `unread` holds the first of `n_unread`. `labels` and `groups` say in words where these came
    from.
    """

    name: str
    labels: str = ""
    groups: str = ""
    n_unread: int = 0
    unread: tuple[UnreadFile, ...] = ()
