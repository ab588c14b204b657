"""Finds groups that hold too much of the set, before they leave nothing to share out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.splitting.columns import Column, encode
from curation.splitting.groups import Grouping


@dataclass(frozen=True, slots=True)
class Giant:
    """A group that holds `count` of the `of` pictures of a stratum; `why`: what joins it."""

    group: str
    stratum: str
    count: int
    of: int
    why: tuple[str, ...]

    @property
    def said(self) -> str:
        """What is wrong and what to do about it, in a sentence."""
        bonds = " and ".join(self.why) or "nothing"
        return (
            f"group {self.group} holds {self.count} of the {self.of} pictures of {self.stratum} "
            f"({self.count / self.of:.0%}), joined by {bonds}: they all fall into one split. "
            "Leave the bond out, make its values finer (a template with its issuer, say), or add "
            "pictures that it does not join"
        )


def giants(
    grouping: Grouping, strata: Column, share: float = 0.2, least: int = 10
) -> tuple[Giant, ...]:
    """The groups with more than `share` of a stratum's pictures, largest share first.

    `strata`: the stratum of every member of the grouping. Strata of fewer than `least` pictures
    are passed over, and so are groups of one: nothing joins them that could be left out.
    """
    codes, values = encode(strata)
    present = codes >= 0
    cells, counts = np.unique(
        grouping.number[present] * len(values) + codes[present], return_counts=True
    )
    totals = np.bincount(codes[present], minlength=len(values))
    sizes = grouping.sizes()
    of = totals[cells % max(1, len(values))]
    large = (counts > share * of) & (of >= least)
    found = [
        Giant(
            grouping.ids[group],
            str(values[stratum]),
            count,
            int(totals[stratum]),
            grouping.why(group),
        )
        for cell, count in zip(cells[large].tolist(), counts[large].tolist(), strict=True)
        for group, stratum in (divmod(cell, len(values)),)
        if sizes[group] > 1
    ]
    return tuple(sorted(found, key=lambda giant: (-giant.count / giant.of, giant.group)))
