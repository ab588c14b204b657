"""Groups: whatever is linked, by a photograph, a person, a template, must share one split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schemas.identity import derive_id


def group_ids(members: Sequence[str], links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The group id of every member, by union-find (Tarjan, 1975); in the order of `members`.

    Members that a chain of links joins share a group, whose id is derived from its smallest
    member. The order of members and links does not matter. Raises ValueError for a link to
    something that is no member.
    """
    parent = {member: member for member in members}

    def root(member: str) -> str:
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for one, other in links:
        for end in (one, other):
            if end not in parent:
                raise ValueError(f"a link names {end!r}, which is not among the members")
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    # The smaller root always wins, so a root is the smallest member of its group.
    return {member: derive_id("grp", root(member)) for member in members}
