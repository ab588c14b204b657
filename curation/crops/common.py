"""Stop words: tiles that a large part of all pictures have, and that therefore say nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from curation.duplicates.pairs import cross_pairs, near_pairs

FEWEST = 64
"""A tile is never common that resembles no more tiles of other pictures than this."""
SHARE = 0.01
"""Beyond, it is common when it resembles more than this part of the number of pictures."""
_SAMPLE = 2048  # pictures

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]


def common(
    hashes: Hashes, pictures: Numbers, tags: Numbers, radius: int, threads: int | None = None
) -> npt.NDArray[np.bool_]:
    """Which tiles are common, bool (count,).

    `hashes`, `pictures` and `tags` (count,) tell the hash of each tile, the number of its picture
    and that picture's tag. A tile is common where more than `FEWEST` tiles, and more than `SHARE`
    times as many as there are pictures, lie within `radius` bits of it; those of pictures with its
    own tag do not count. Of more than 2,048 pictures that many, evenly drawn, stand for all, and
    common is also what lies within `radius` of a common tile of theirs. So the matches that are
    left are about a hundredth of all there could be, however alike the pictures are.
    """
    shown = np.unique(pictures)
    step = -(-len(shown) // _SAMPLE)
    sample = np.flatnonzero(np.isin(pictures, shown[:: max(1, step)]))
    # Equal tiles of one picture count once: a chequered floor is not a thousand pictures.
    _, once = np.unique(
        np.stack([pictures[sample], hashes[sample].view(np.int64)]), axis=1, return_index=True
    )
    sample = sample[np.sort(once)]
    seen = np.zeros(len(sample), np.int64)
    for pairs in near_pairs(hashes[sample], radius, threads=threads):
        other = tags[sample[pairs.first]] != tags[sample[pairs.second]]
        for end in (pairs.first, pairs.second):
            seen += np.bincount(end[other], minlength=len(sample))
    limit = max(FEWEST, SHARE * len(shown)) / max(1, step)
    often = np.flatnonzero(seen > limit)
    order = sample[often[np.argsort(-seen[often], kind="stable")]]
    centres = np.array(list(_apart(hashes[order], radius // 2)), np.uint64)
    found = np.zeros(len(hashes), np.bool_)
    found[order] = True
    if len(centres):
        for pairs in cross_pairs(centres, hashes, radius, threads=threads):
            found[pairs.second] = True
    return found


def _apart(hashes: Hashes, distance: int) -> Iterator[np.uint64]:
    """From the first on, those that are more than `distance` bits from all given before."""
    left = hashes
    while len(left):
        yield left[0]
        left = left[np.bitwise_count(left ^ left[0]) > distance]
