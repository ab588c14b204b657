"""Draws a split by its share from a name, so that a thing's split depends on nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.identity import unit_interval


def drawn_split(name: str, shares: Mapping[str, float], *salt: object) -> str:
    """The split that the hash of `name` falls into, by shares of any sum.

    Splits lie in the interval in the order of their names: train lies between test and validation,
    so that a new share of either moves things between it and train alone. Raises ValueError
    without a share above 0.
    """
    wanted = [(split, share) for split, share in sorted(shares.items()) if share > 0]
    if not wanted:
        raise ValueError("at least one split needs a share above 0")
    place = unit_interval(*salt, name) * sum(share for _, share in wanted)
    for split, share in wanted[:-1]:
        place -= share
        if place < 0:
            return split
    return wanted[-1][0]
