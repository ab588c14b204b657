"""Keeps the splits of an earlier set: what was in it stays where it was, and its group follows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

HELD_OUT_FIRST = ("test", "validation", "train")
"""Of two splits the one that comes first here wins: what was held out is never trained on."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A group whose members lay in several splits before, with how many lay in each."""

    group: str
    chosen: str
    before: Mapping[str, int]

    @property
    def said(self) -> str:
        """What happened, in a sentence."""
        lay = ", ".join(f"{count} in {split}" for split, count in self.before.items())
        return (
            f"group {self.group} joins pictures that lay in different splits ({lay}); all are in "
            f"{self.chosen} now. Models that were trained on the earlier set have seen some of them"
        )


@dataclass(frozen=True, slots=True)
class Pinned:
    """The splits of the groups that hold something of the earlier set, and where they clashed."""

    splits: dict[str, str]
    conflicts: tuple[Conflict, ...]


def pin(members: Iterable[tuple[str, str]], earlier: Mapping[str, str]) -> Pinned:
    """The split of every group that holds a member of an earlier set, from (group, member) pairs.

    `earlier`: the split of every picture of that set, by the names that members have here: sample
    ids, or whatever else says that two pictures are the same. Where members of one group lay in
    different splits, the held-out one wins (test before validation before train), which is
    reported. Raises ValueError for a split of another name.
    """
    lay: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for group, member in members:
        split = earlier.get(member)
        if split is None:
            continue
        if split not in HELD_OUT_FIRST:
            raise ValueError(
                f"{member!r} lay in a split {split!r}; known are {', '.join(HELD_OUT_FIRST)}"
            )
        lay[group][split] += 1
    splits = {group: min(lay[group], key=HELD_OUT_FIRST.index) for group in sorted(lay)}
    conflicts = tuple(
        Conflict(group, split, dict(sorted(lay[group].items())))
        for group, split in splits.items()
        if len(lay[group]) > 1
    )
    return Pinned(splits, conflicts)
