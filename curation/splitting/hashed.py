"""Splits by a hash of each group's anchor, so that pictures may be added and none moves."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.shares import drawn_split


def hashed_splits(
    anchors: Mapping[str, str],
    shares: Mapping[str, float],
    seed: int,
    pinned: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The split of every group by its anchor alone, near `shares` on average; sorted by group.

    `anchors`: for every group a name of something in it. What is guaranteed: with the same shares
    and seed a group's split is a function of its anchor, so a group whose anchor stays never
    moves, whatever else enters or leaves the set. Take as the anchor the smallest file that the
    group's sources were cut from (`Grouping.smallest`): then more crops of its files and more
    forgeries of them never move it. A new file that a bond ties to a group of n files becomes its
    anchor once in n + 1 times where names are hashes (files named in order of time hardly ever),
    and then changes the split with the chance that two draws differ, 0.46 for 70/15/15. Of two
    groups that merge one keeps its split, as it must. `pinned` groups stay where they are: earlier
    splits kept by it (`earlier.pin`) move for no reason at all.

    Raises ValueError without a share above 0.
    """
    pinned = pinned or {}
    return {
        group: pinned[group] if group in pinned else drawn_split(anchor, shares, seed, "split")
        for group, anchor in sorted(anchors.items())
    }
