"""Splits: whole groups are dealt out, every kind of picture into every split."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

import numpy as np

from curation.splitting.columns import Column, combinations, encode
from schemas.errors import DatasetError
from schemas.identity import unit_interval

Stratum = TypeVar("Stratum", bound=Hashable)
_NAMED = 5


def assign_splits(
    groups: Mapping[str, Mapping[Stratum, int]],
    shares: Mapping[str, float],
    seed: int,
    pinned: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The split of every group, whole, near `shares` in every stratum; sorted by group.

    `groups`: for every group its number of pictures by stratum: a domain, say, or a tuple of
    domain, operation and generator, of which one group may hold many. `shares`: for every split its
    share, of any sum; those at 0 get nothing. `pinned`: splits of groups that stay where they are;
    what they hold counts. The others are dealt largest first, each to the split that lacks most of
    what it holds; equals are told apart by a hash with `seed`. Some 15 microseconds a group.

    A stratum of at least twice as many groups as there are splits puts two or more into every
    split, so that a splice finds a donor of another group in its own split; one of at least as
    many puts one. This is certain where a group lies in one stratum and none is pinned, and kept as
    far as the others allow where it lies in several. Raises ValueError without a share above 0.
    """
    wanted = {split: share for split, share in sorted(shares.items()) if share > 0}
    if not wanted:
        raise ValueError("at least one split needs a share above 0")
    pinned = {group: split for group, split in (pinned or {}).items() if group in groups}
    numbers = _numbered(groups)
    held = {
        group: tuple(
            sorted((numbers[stratum], count) for stratum, count in counts.items() if count > 0)
        )
        for group, counts in groups.items()
    }
    table = _Table(list(wanted.values()), len(numbers))
    for holding in held.values():
        table.announce(holding)
    table.share_out()
    places = {split: place for place, split in enumerate(wanted)}
    for group, split in pinned.items():
        table.place(held[group], places.get(split))
    result = dict(pinned)
    names = list(wanted)
    sizes = {group: sum(count for _, count in held[group]) for group in groups}
    for group in sorted(
        (group for group in groups if group not in pinned),
        key=lambda name: (-sizes[name], unit_interval(seed, name), name),
    ):
        equals = table.best(held[group])
        place = min(equals, key=lambda k: _tie(seed, group, names[k], len(equals)))
        result[group] = names[place]
        table.place(held[group], place)
    return dict(sorted(result.items()))


class _Table:
    """Who has been dealt what: for every split and stratum, what is there and what is lacking."""

    def __init__(self, shares: list[float], strata: int) -> None:
        self.shares = [share / sum(shares) for share in shares]
        self.total = [0] * strata
        self.waiting = [0] * strata
        self.least = [0] * strata
        self.placed = [[0] * strata for _ in shares]
        self.lacking: list[list[float]] = []
        self.needs: list[int] = []

    def announce(self, holding: Iterable[tuple[int, int]]) -> None:
        """Count a group that is to be dealt."""
        for stratum, count in holding:
            self.total[stratum] += count
            self.waiting[stratum] += 1

    def share_out(self) -> None:
        """Fix what every split is to get, once all groups are announced."""
        splits = len(self.shares)
        self.least = [min(2, groups // splits) for groups in self.waiting]
        self.needs = [least * splits for least in self.least]
        self.lacking = [[total * share for total in self.total] for share in self.shares]

    def place(self, holding: Iterable[tuple[int, int]], split: int | None) -> None:
        """Give a group to a split; None stands for one that has no share."""
        for stratum, count in holding:
            self.waiting[stratum] -= 1
            if split is not None:
                self.lacking[split][stratum] -= count
                self.needs[stratum] -= self.placed[split][stratum] < self.least[stratum]
                self.placed[split][stratum] += 1

    def best(self, holding: tuple[tuple[int, int], ...]) -> list[int]:
        """The splits that should get a group: several where nothing tells them apart."""
        waiting, needs = self.waiting, self.needs
        tight = [stratum for stratum, _ in holding if needs[stratum] >= waiting[stratum]]
        weights = [(stratum, count, self.total[stratum]) for stratum, count in holding]
        found: list[int] = []
        top = (-(1 << 62), 0.0)
        for split, lacking in enumerate(self.lacking):
            lack = 0.0
            for stratum, count, total in weights:
                lack += lacking[stratum] * count / total
            score = (-self._starved(split, tight) if tight else 0, lack)
            if score > top or not found:
                found, top = [split], score
            elif score == top:
                found.append(split)
        return found

    def _starved(self, split: int, tight: Iterable[int]) -> int:
        """How many groups would be missing for good from other splits if `split` got this one."""
        missing = 0
        for stratum in tight:
            met = self.placed[split][stratum] < self.least[stratum]
            missing += max(0, self.needs[stratum] - met - (self.waiting[stratum] - 1))
        return missing


def count_strata(groups: Column, *strata: Column) -> dict[str, dict[tuple[str, ...], int]]:
    """For `assign_splits`: for every group its number of rows by stratum, from columns.

    A stratum is a tuple of the row's values in `strata`, "" where it has none. Raises ValueError
    for a row without a group.
    """
    codes, names = encode(groups)
    if (codes < 0).any():
        raise ValueError(f"row {int(np.flatnonzero(codes < 0)[0])} has no group")
    kinds, labels = combinations(*strata)
    cells, counts = np.unique(codes * len(labels) + kinds, return_counts=True)
    result: dict[str, dict[tuple[str, ...], int]] = {name: {} for name in names.to_pylist()}
    of_cells = names.take(cells // max(1, len(labels))).to_pylist()
    kinds_of_cells = (cells % max(1, len(labels))).tolist()
    for group, kind, count in zip(of_cells, kinds_of_cells, counts.tolist(), strict=True):
        result[group][labels[kind]] = count
    return result


def _numbered(groups: Mapping[str, Mapping[Stratum, int]]) -> dict[Stratum, int]:
    """The place of every stratum in the order of their names."""
    seen = dict.fromkeys(stratum for counts in groups.values() for stratum in counts)
    return {stratum: place for place, stratum in enumerate(sorted(seen, key=str))}


def _tie(seed: int, group: str, split: str, equals: int) -> float:
    return unit_interval(seed, group, split) if equals > 1 else 0.0


def prove_disjoint(rows: Iterable[tuple[str, str]]) -> None:
    """Raise DatasetError, naming the groups, if rows (group, split) put one into two splits."""
    seen: dict[str, str] = {}
    torn: defaultdict[str, set[str]] = defaultdict(set)
    for group, split in rows:
        first = seen.setdefault(group, split)
        if first != split:
            torn[group] |= {first, split}
    if torn:
        names = sorted(torn)
        named = "; ".join(
            f"{group} in {', '.join(sorted(torn[group]))}" for group in names[:_NAMED]
        )
        more = f"; and {len(torn) - _NAMED} more" if len(torn) > _NAMED else ""
        raise DatasetError(
            f"{len(torn)} groups lie in more than one split: {named}{more}. "
            "Assign the splits again, by whole groups."
        )
