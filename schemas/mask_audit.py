"""What an audit of masks found: sizes, places, shapes, agreement, and what saliency tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

AREA_EDGES: tuple[float, ...] = tuple(10 ** (step / 4 - 4) for step in range(17))
"""Shares of the picture between which masks are counted: four bins a decade, from 0.01 %.

The first bin also holds what is smaller.
"""

AGREEMENTS: tuple[str, ...] = (
    "requested_applied",
    "requested_observed",
    "applied_observed",
    "applied_changed",
    "outside",
)
"""Shares that say how far three masks agree; see `MaskSlice.agreement`."""

SALIENCIES: dict[str, str] = {
    "geodesic": "stands apart from the frame",
    "spectral_residual": "is unusual in its texture",
}
"""Maps that predict where a mask lies, each with what it says of a place."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Quartiles of `count` values."""

    count: int
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Foreseen:
    """How well one map predicts masks, as mean pixel AUC: 0.5 is chance, 1 is certainty.

    `null`: the same against the masks of other pictures, which keeps what place alone tells.
    `excess` is `auc` less `null`, with a 95 % interval in which whole groups are drawn again.
    """

    auc: float
    null: float
    excess: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ObjectBias:
    """How well saliency alone predicts masks: what a detector learns instead of forensics.

    `maps`: by `SALIENCIES`. `centre`: the AUC of nearness to the middle. `samples` and `groups`
    are those that could be compared with others of their kind. `verdict` is "biased", "averse"
    (what was changed stands out less than chance), "none" or "unclear" (too few to tell).
    """

    samples: int
    groups: int
    centre: float
    maps: Mapping[str, Foreseen]
    verdict: str

    @property
    def strongest(self) -> str:
        """The map that the verdict goes by: the one that predicts best beyond place."""
        if self.verdict == "averse":
            return "geodesic"
        return max(self.maps, key=lambda name: (self.maps[name].excess, name))

    @property
    def score(self) -> float:
        """The object-bias score: the AUC of the strongest map beyond that on others' masks."""
        return self.maps[self.strongest].excess


@dataclass(frozen=True, slots=True)
class MaskSlice:
    """The masks of one operation, of one kind, or all of them.

    `by` is "all", "operation" or "kind", `name` which. `sizes` counts masks between `AREA_EDGES`.
    `agreement`, by `AGREEMENTS`: intersection over union of each two masks, the share of the
    applied mask that changed, the share of the change outside of it. `border`: share of masks that
    touch the picture's border. `components`: connected pieces of a mask. `holes`: share of a mask
    and its holes that is holes. `compactness`: 1 for a disc, of the largest piece. `heat`: the
    share of masks that cover each cell of a 64 by 64 grid.
    """

    by: str
    name: str
    samples: int
    groups: int
    area: Spread
    sizes: tuple[int, ...]
    agreement: Mapping[str, Spread]
    border: float
    components: Spread
    holes: Spread
    compactness: Spread
    heat: npt.NDArray[np.float32]
    bias: ObjectBias | None

    def figures(self) -> dict[str, Any]:
        """All but the heat map, JSON-able, rounded."""
        return {
            field.name: _plain(getattr(self, field.name))
            for field in fields(self)
            if field.name != "heat"
        }


@dataclass(frozen=True, slots=True)
class MaskAudit:
    """The audit of a set. `slices` begins with all masks together.

    `samples` masks were looked at, of `available` that there are. `unread`: why others could not
    be, with how many. `verdict`: a sentence or two on object bias.
    """

    name: str
    samples: int
    available: int
    slices: tuple[MaskSlice, ...]
    unread: Mapping[str, int]
    verdict: str

    @property
    def whole(self) -> MaskSlice:
        """All masks together."""
        return self.slices[0]

    def of(self, by: str) -> tuple[MaskSlice, ...]:
        """The slices by "operation" or by "kind"."""
        return tuple(one for one in self.slices if one.by == by)

    def figures(self) -> dict[str, Any]:
        """The audit as JSON-able values, without heat maps."""
        return {
            "name": self.name,
            "samples": self.samples,
            "available": self.available,
            "unread": dict(self.unread),
            "verdict": self.verdict,
            "slices": [one.figures() for one in self.slices],
        }


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, (Spread, Foreseen, ObjectBias)):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
