"""Which entry of a recipe makes a kind of forgery, and how it is told how much to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from detector.mining.cases import Case, Kind
from schemas.mask_sizes import WHOLE, size_range
from schemas.recipe.forge import ForgeEntry

SMALLEST = 0.001
"""Share of the picture below which no mask is asked for: a few dozen pixels."""
LARGEST = 0.5
"""Share of the picture above which no mask is asked for."""

Sized = Literal["mask", "option", ""]


@dataclass(frozen=True, slots=True)
class Maker:
    """An entry of a recipe.

    `domains`: of the forgeries that it makes. `chosen`: whether they are of the domain of their
    sources, so that a domain can be asked for. `sized`: by what it is told how much to change, a
    requested mask or its option `area`; "" where it decides by itself. `pictures`: forgeries that
    one job gives. `hopeless`: why more of it cannot be had; empty where it can.
    """

    entry: ForgeEntry
    operation: str
    domains: tuple[str, ...]
    chosen: bool = True
    sized: Sized = ""
    pictures: int = 1
    hopeless: str = ""

    def area(self, size: str) -> tuple[float, float] | None:
        """The range to ask for so that the change is of a size; None where it cannot be said."""
        ends = size_range(size) if self.sized and size != WHOLE else None
        return None if ends is None else (max(ends[0], SMALLEST), min(ends[1], LARGEST))


def maker_of(kind: Kind, cases: Sequence[Case], makers: Sequence[Maker]) -> Maker | str:
    """The entry that more of a kind should be made after, or why there is none.

    Of several the one whose options agree with what most of the `cases` were made with, and of
    those the first.
    """
    fitting = [
        maker
        for maker in makers
        if (maker.entry.generator, maker.operation) == (kind.generator, kind.operation)
        and kind.domain in maker.domains
    ]
    able = [maker for maker in fitting if not maker.hopeless]
    if not able:
        reasons = dict.fromkeys(maker.hopeless for maker in fitting)
        return "; ".join(reasons) or "no entry of the recipe makes them"
    return max(
        able, key=lambda maker: sum(_agrees(maker.entry.options, c.parameters) for c in cases)
    )


def _agrees(options: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
    """Whether nothing that was recorded of a forgery contradicts an entry's options."""
    return all(
        parameters[name] == value
        for name, value in options.items()
        if name in parameters and not isinstance(value, list | tuple)
    )
