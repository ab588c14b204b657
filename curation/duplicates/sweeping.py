"""Links among very many hashes that share a bucket, without comparing all of them, in NumPy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from curation.duplicates.engines import BandJoin
from curation.duplicates.forest import Members, roots, unite

_PIVOTS = 64  # compared with all others at a time
_FRESH = 32  # hashes swept from in vain until everything left is compared


def sweep(
    join: BandJoin,
    ours: Members,
    theirs: Members,
    tags: npt.NDArray[np.int64],
    parents: Members,
) -> None:
    """Link the members of two buckets, or of one within itself where `theirs` is empty.

    What is reached grows from one hash on: those reached are pivots of a pass over those not yet
    reached, and take what is near along. So hashes that are nearly all near one another take few
    passes. Where few are, all that is left is compared.
    """
    members = np.concatenate([ours, theirs])
    if (tags[members] == tags[members[0]]).all():
        return
    hashes = np.concatenate([join.left.hashes[ours], join.right.hashes[theirs]])
    of_left = np.arange(members.size) < ours.size
    waiting: npt.NDArray[np.int64] = np.arange(members.size)
    pending = waiting[:0]
    fresh = 0

    def link(pivots: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Unite what is near pivots; says of those that wait which were reached."""
        apart = hashes[pivots, None] ^ hashes[waiting]
        near = np.bitwise_count(apart).sum(axis=2, dtype=np.uint16) <= join.radius
        near &= tags[members[pivots], None] != tags[members[waiting]]
        if theirs.size:
            near &= of_left[pivots, None] != of_left[waiting]
        pivot, item = np.nonzero(near)
        unite(parents, members[pivots[pivot]], members[waiting[item]])
        reached: npt.NDArray[np.bool_] = near.any(axis=0)
        return reached

    while waiting.size and (pending.size or fresh < _FRESH):
        if pending.size:
            reached = link(pending[:_PIVOTS])
            pending = pending[_PIVOTS:]
        else:
            fresh += 1
            trees = roots(parents, members[waiting])
            reached = trees == trees[0]
        pending = np.concatenate([pending, waiting[reached]])
        waiting = waiting[~reached]
    while waiting.size:
        link(waiting[:_PIVOTS])
        waiting = waiting[_PIVOTS:]
