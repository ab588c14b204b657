"""Groups: whatever is bonded, by a photograph, a person, a template, must share one split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from curation.splitting.columns import Codes, Column, as_arrow, encode, lookup, ranks
from schemas.identity import derive_id

_MOST_KINDS = 63


@dataclass(frozen=True, slots=True)
class Grouping:
    """Which members belong together, and what holds them together.

    `members`: their names. `number`: int64 (n,), the group of each, groups being numbered in the
    order of their smallest members. `ids`: the groups' ids by number, each derived from its
    smallest member. `kinds`: the kinds of bonds and links that were looked at; bit i of
    `held_by[group]` (int64) is set where kind i joins two or more members of it.
    """

    members: pa.Array
    number: Codes
    ids: tuple[str, ...]
    kinds: tuple[str, ...]
    held_by: npt.NDArray[np.int64]

    def column(self) -> pa.Array:
        """The group id of every member, in their order."""
        return pa.array(self.ids, pa.string()).take(pa.array(self.number))

    def spread(self, of_group: Mapping[str, str]) -> pa.Array:
        """What is said of every member's group, its split for one, in the order of members."""
        values = pa.array([of_group[group] for group in self.ids], pa.string())
        return values.take(pa.array(self.number))

    def why(self, group: int) -> tuple[str, ...]:
        """The kinds that join members of a group, by its number; none where it has but one."""
        held = int(self.held_by[group])
        return tuple(kind for bit, kind in enumerate(self.kinds) if held >> bit & 1)

    def sizes(self) -> Codes:
        """int64 (groups,): how many members each group has."""
        return np.bincount(self.number, minlength=len(self.ids))

    def smallest(self, column: Column) -> tuple[str | None, ...]:
        """For every group the smallest value of a column, one row a member; None where none is."""
        codes, values = encode(column)
        found = np.full(len(self.ids), len(values))
        present = codes >= 0
        np.minimum.at(found, self.number[present], ranks(values)[codes[present]])
        ordered = [*values.sort().to_pylist(), None]
        return tuple(ordered[place] for place in found.tolist())


def bonded(
    members: Column,
    bonds: Mapping[str, Column],
    links: Mapping[str, tuple[Column, Column]] | None = None,
) -> Grouping:
    """The groups of `members`, which differ, by union-find over all bonds and links.

    `bonds`: by kind a column, one row a member; members with the same value belong together, and
    None or an empty text bonds nobody. `links`: by kind two columns, of which each row joins two
    members by name. Which bonds to give is a decision: `giants` finds those that join too much.
    The order of members and links does not matter. Linear in the number of rows: a second or two
    for a million. Raises ValueError for a member named twice or missing, a column of another
    length, and a link to something that is no member.
    """
    links = links or {}
    kinds = (*bonds, *(kind for kind in links if kind not in bonds))
    if len(kinds) > _MOST_KINDS:
        raise ValueError(f"{len(kinds)} kinds of bonds are too many; give {_MOST_KINDS} at most")
    names = as_arrow(members)
    codes, distinct = encode(names)
    if len(distinct) < len(names) or names.null_count:
        raise ValueError("every member needs a name, and one of its own")
    edges: dict[str, list[tuple[Codes, Codes]]] = {kind: [] for kind in kinds}
    for kind, column in bonds.items():
        edges[kind].append(_star(kind, column, len(names)))
    for kind, ends in links.items():
        edges[kind].append(_linked(kind, ends, distinct))
    every = [pair for pairs in edges.values() for pair in pairs]
    first = np.concatenate([codes[:0], *(pair[0] for pair in every)])
    second = np.concatenate([codes[:0], *(pair[1] for pair in every)])
    graph = coo_matrix((np.ones(first.size, np.bool_), (first, second)), (len(names),) * 2)
    _, labels = connected_components(graph.tocsr(), directed=False)
    order = np.argsort(ranks(names))
    _, leader, inverse = np.unique(labels[order], return_index=True, return_inverse=True)
    # Groups are numbered by their smallest members, whatever order the search met them in.
    place = np.argsort(np.argsort(leader))
    number = np.empty(len(names), np.int64)
    number[order] = place[inverse]
    smallest = names.take(pa.array(order[np.sort(leader)])).to_pylist()
    held_by = np.zeros(len(smallest), np.int64)
    for bit, kind in enumerate(kinds):
        for one, other in edges[kind]:
            held_by[number[one[one != other]]] |= 1 << bit
    return Grouping(
        names, number, tuple(derive_id("grp", member) for member in smallest), kinds, held_by
    )


def _star(kind: str, column: Column, size: int) -> tuple[Codes, Codes]:
    """Each member that shares its value with an earlier one, and the first that has it."""
    codes, values = encode(column)
    if codes.size != size:
        raise ValueError(f"the bond {kind!r} has {codes.size} rows for {size} members")
    empty = lookup([""], values)[0]
    rows = np.flatnonzero((codes >= 0) & (codes != empty))
    # Codes are numbered by first sight, so that a value's first row is where it rises.
    first = np.full(len(values), -1)
    first[codes[rows[::-1]]] = rows[::-1]
    leaders = first[codes[rows]]
    later = leaders != rows
    return leaders[later], rows[later]


def _linked(kind: str, ends: tuple[Column, Column], members: pa.Array) -> tuple[Codes, Codes]:
    first, second = (lookup(end, members) for end in ends)
    if first.size != second.size:
        raise ValueError(f"the links {kind!r} have {first.size} and {second.size} ends")
    for end, found in zip(ends, (first, second), strict=True):
        if (found < 0).any():
            name = as_arrow(end)[int(np.flatnonzero(found < 0)[0])].as_py()
            raise ValueError(f"a link names {name!r}, which is not among the members")
    return first, second
