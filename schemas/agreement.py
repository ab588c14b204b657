"""Who agrees with whom: figures of a set, as its manifest holds and its card shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from pydantic import TypeAdapter

from schemas.identity import canonical_json
from schemas.vocabulary import RaterKind

EVERYWHERE = "all"
"""The slice of figures that are about all pictures."""
ATTRIBUTES_TOGETHER = "attributes"
"""The subject of figures about the five attributes' verdicts together."""
SETS_OF_ATTRIBUTES = "sets"
"""The subject of figures about which attributes a rater calls present, compared by MASI."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval: the percentiles of the resamples that have a value."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the raters of a panel, or of one panel with those of another, agree.

    `between`: "human/human", "mllm/human", …, or "all/all". `about`: `whole`, an attribute, or one
    of `ATTRIBUTES_TOGETHER` and `SETS_OF_ATTRIBUTES`. `slice` and `value`: of which pictures, for
    example "generator" and "splice"; "all" and "" for all. `pictures`, `judgements`, `raters`:
    those that could be compared. `agreement`: share of pairs of judgements that are equal; of sets,
    their mean likeness, 1 - MASI. `alpha`: Krippendorff's, across panels where there are two.
    `fleiss`: of the units judged by `panel` raters, the most frequent number; of one kind alone.
    """

    between: str
    about: str
    slice: str
    value: str
    pictures: int
    judgements: int
    raters: int
    agreement: Estimate | None
    alpha: Estimate | None
    fleiss: Estimate | None = None
    panel: int | None = None


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two raters on the pictures that both judged; `kappa` is Cohen's."""

    first: str
    second: str
    between: str
    about: str
    pictures: int
    agreement: Estimate | None
    kappa: Estimate | None


@dataclass(frozen=True, slots=True)
class MaskAgreement:
    """How far painted masks overlap: means over pictures of the means over pairs of raters."""

    between: str
    pictures: int
    pairs: int
    iou: Estimate | None
    dice: Estimate | None


@dataclass(frozen=True, slots=True)
class Anchoring:
    """How much more people agree with machines after having seen what those say.

    `primed` and `unprimed`: share of people's judgements that a machine's equals, of those who saw
    machine judgements and of those who did not. `effect`: the first less the second. `alpha_…`:
    the same in alpha across people and machines. `…_judgements`: people's, beside a machine's.
    """

    pictures: int
    primed_judgements: int
    unprimed_judgements: int
    primed: Estimate | None
    unprimed: Estimate | None
    effect: Estimate | None
    alpha_primed: Estimate | None
    alpha_unprimed: Estimate | None
    alpha_effect: Estimate | None


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """All figures about who agrees with whom. A figure that is not defined is None.

    `unsure`: by rater, as "kind:name", the share of its answers that are no vote. `pairs_left_out`:
    pairs of raters with too few pictures in common, or beyond the number that is reported.
    """

    resamples: int
    seed: int
    figures: tuple[Agreement, ...]
    pairs: tuple[PairAgreement, ...]
    pairs_left_out: int
    masks: tuple[MaskAgreement, ...]
    anchoring: Anchoring | None
    unsure: Mapping[str, float]

    def find(
        self, between: str, about: str, slice: str = EVERYWHERE, value: str = ""
    ) -> Agreement | None:
        """The figure of these raters about this subject; None where none could be compared."""
        wanted = (between, about, slice, value)
        return next(
            (f for f in self.figures if (f.between, f.about, f.slice, f.value) == wanted), None
        )

    def panels(self, slice: str = EVERYWHERE, value: str = "") -> tuple[str, ...]:
        """The panels that were compared on these pictures, people first, all raters last."""
        found = (f.between for f in self.figures if (f.slice, f.value) == (slice, value))
        return tuple(dict.fromkeys(found))

    def values(self, slice: str) -> tuple[str, ...]:
        """The groups of pictures in this slice, as the generators of "generator"."""
        return tuple(dict.fromkeys(f.value for f in self.figures if f.slice == slice))

    @property
    def people(self) -> int:
        """How many people judged by themselves."""
        return sum(rater.startswith(f"{RaterKind.HUMAN}:") for rater in self.unsure)

    def to_json(self) -> str:
        """The report as canonical JSON; equal reports give equal texts."""
        return canonical_json(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> AgreementReport:
        """The inverse of `to_json`. Raises pydantic's `ValidationError` for anything else."""
        return _REPORT.validate_json(text)


_REPORT = TypeAdapter(AgreementReport)
