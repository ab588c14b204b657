"""What an agreement report holds: frozen figures, with a JSON form and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from annotation.agreement.bootstrap import Estimate
from schemas.identity import canonical_json

EVERYWHERE = "all"
"""The slice of figures that are about all pictures."""
ATTRIBUTES_TOGETHER = "attributes"
"""The subject of figures about the five attributes' verdicts together."""
SETS_OF_ATTRIBUTES = "sets"
"""The subject of figures about which attributes a rater calls present, compared by MASI."""


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

    def to_json(self) -> str:
        """The report as canonical JSON; equal reports give equal texts."""
        return canonical_json(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> AgreementReport:
        """The inverse of `to_json`."""
        data = json.loads(text)
        anchored = data["anchoring"]
        return cls(
            **data
            | {
                "figures": tuple(Agreement(**_read(f)) for f in data["figures"]),
                "pairs": tuple(PairAgreement(**_read(p)) for p in data["pairs"]),
                "masks": tuple(MaskAgreement(**_read(m)) for m in data["masks"]),
                "anchoring": None if anchored is None else Anchoring(**_read(anchored)),
            }
        )


def _read(figure: dict[str, Any]) -> dict[str, Any]:
    return {n: Estimate(**v) if isinstance(v, dict) else v for n, v in figure.items()}
