"""Groups: whatever is linked, by a photograph, a person, a template, must share one split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scipy.cluster.hierarchy import DisjointSet

from schemas.identity import derive_id


def group_ids(members: Sequence[str], links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The group id of every member, in the order of `members`.

    Members that a chain of links joins share a group, whose id is derived from its smallest
    member. The order of members and links does not matter. Raises ValueError for a link to
    something that is no member.
    """
    sets = DisjointSet(members)
    for one, other in links:
        for end in (one, other):
            if end not in sets:
                raise ValueError(f"a link names {end!r}, which is not among the members")
        sets.merge(one, other)
    ids = {member: derive_id("grp", min(group)) for group in sets.subsets() for member in group}
    return {member: ids[member] for member in members}
