"""Reads who agrees with whom out of a manifest, for the card's tables, chart and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from schemas.attributes import WHOLE
from schemas.errors import DatasetError
from schemas.manifest import Manifest
from schemas.vocabulary import RaterKind

TOGETHER = "attributes"
"""The subject of figures about the five attributes' verdicts together."""
SETS = "sets"
"""The subject of figures about which attributes a rater calls present."""
SUBJECTS: tuple[str, ...] = (WHOLE, TOGETHER, SETS)
EVERYWHERE = "all"
"""The slice of figures that are about all pictures."""
PEOPLE = "human/human"
ANYBODY = "all/all"


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Compared:
    """How far a panel of raters agrees about one subject, on the pictures of one slice.

    `between` is "human/human", "mllm/human", …, or "all/all". `agreement` is the share of equal
    pairs of judgements (of sets, their mean likeness), `alpha` Krippendorff's. `fleiss` is of the
    judgements by `panel` raters alone. A figure that is not defined is None.
    """

    between: str
    about: str
    slice: str
    value: str
    pictures: int
    judgements: int
    raters: int
    agreement: Interval | None
    alpha: Interval | None
    fleiss: Interval | None
    panel: int | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two raters on the pictures that both judged; `kappa` is Cohen's."""

    first: str
    second: str
    between: str
    about: str
    pictures: int
    agreement: Interval | None
    kappa: Interval | None


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far painted masks overlap, on average over pictures."""

    between: str
    pictures: int
    pairs: int
    iou: Interval | None
    dice: Interval | None


@dataclass(frozen=True, slots=True)
class Anchoring:
    """How often a machine's judgement equals those of people who saw machines' and who did not."""

    pictures: int
    primed_judgements: int
    unprimed_judgements: int
    primed: Interval | None
    unprimed: Interval | None
    effect: Interval | None
    alpha_effect: Interval | None


@dataclass(frozen=True, slots=True)
class AgreementView:
    """What the card shows of an agreement report.

    `unsure`: by rater, as "kind:name", the share of its answers that are no vote.
    """

    resamples: int
    figures: tuple[Compared, ...]
    pairs: tuple[Pair, ...]
    pairs_left_out: int
    masks: tuple[Overlap, ...]
    anchoring: Anchoring | None
    unsure: Mapping[str, float]

    def find(
        self, between: str, about: str, slice: str = EVERYWHERE, value: str = ""
    ) -> Compared | None:
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


_VIEW = TypeAdapter(AgreementView)


def read_agreement(manifest: Manifest) -> AgreementView | None:
    """The manifest's agreement report; None where no two raters could be compared.

    Raises `DatasetError` for a report of another version.
    """
    if manifest.agreement is None:
        return None
    try:
        view = _VIEW.validate_python(manifest.agreement)
    except ValidationError as error:
        raise DatasetError(
            f"The agreement report in manifest.json is not one of this version: {error}"
        ) from error
    return view if view.figures or view.masks else None
