"""Which pictures show a part of which: crops, enlarged details, frames of one panorama."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curation.crops.agreement import Agreement, agreement
from curation.crops.common import common
from curation.crops.tiles import SIDE, Tiles
from curation.duplicates.pairs import near_pairs

RADIUS = 8
"""Tiles that differ by at most so many of 64 bits match."""
EVIDENCE = 2.5
"""So many tiles must agree on where the one picture lies in the other (`Agreement.evidence`)."""
SHARE = 0.2
"""They must be at least this part of the tiles that both pictures should then have."""
COVERED = 0.9
"""So much of the smaller picture must be what the other shows."""
_FEWEST = 3  # matches that two pictures must have to be looked at

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CropPair:
    """Two pictures, by their numbers, `first` < `second`, that show the same in part or whole.

    The longer side of the second is `scale` times as long as the first's, and its top left corner
    lies at `offset` (x, y) in the first, both in units of the first's longer side: below 0 where
    the second begins outside. `covered`: the part of the smaller one's area that the other shows,
    0..1. `agreeing` tiles say so, as good as `evidence` unmistakable ones; they are `share` of
    those that should be in both, 0..1.
    """

    first: int
    second: int
    agreeing: int
    evidence: float
    share: float
    scale: float
    offset: tuple[float, float]
    covered: float


def crop_pairs(
    tiles: Sequence[Tiles],
    tags: npt.ArrayLike | None = None,
    *,
    radius: int = RADIUS,
    evidence: float = EVIDENCE,
    share: float = SHARE,
    covered: float = COVERED,
    threads: int | None = None,
) -> Iterator[CropPair]:
    """All pairs of pictures of which one shows a part of the other, by first, then second.

    `tags`: a whole number for each picture; pictures with equal tags (a source, its forgeries and
    their twins) are not paired. Tiles match within `radius` bits, common ones (`common`) aside; two
    pictures with three matches or more are a pair where `evidence` of them, and `share` of what
    is to be expected, agree on one scale and shift (`agreement`), and `covered` of the smaller
    lies in the larger one. With `covered` at 0 pictures that merely overlap are pairs as well.

    It judges by geometry alone. Two photographs of one scene from one place, a forgery and its
    source, pages of one printed form are pairs too: what they share does lie in both as in a crop,
    and `share` is lower by what they do not share. Turned or mirrored crops are not found, nor is
    a picture of which there are so many copies that its tiles are common: drop near-duplicates
    first.
    """
    marks = np.arange(len(tiles)) if tags is None else np.asarray(tags, np.int64)
    if marks.shape != (len(tiles),):
        raise ValueError(f"{len(tiles)} pictures and {marks.size} tags: give one for each picture")
    counts = np.array([len(one) for one in tiles], np.int64)
    pictures = np.repeat(np.arange(len(tiles)), counts)
    within = np.arange(len(pictures)) - np.repeat(np.cumsum(counts) - counts, counts)
    hashes = np.concatenate([np.zeros(0, np.uint64), *(one.hashes for one in tiles)])
    telling = np.flatnonzero(~common(hashes, pictures, marks[pictures], radius, threads))
    for here, there, matches in _candidates(
        hashes[telling], pictures[telling], within[telling], marks, radius, threads
    ):
        found = agreement(tiles[here], tiles[there], matches)
        if found is None or found.evidence < evidence or found.share < share:
            continue
        pair = _pair(here, there, tiles[here], tiles[there], found)
        if pair.covered >= covered:
            yield pair


def _candidates(
    hashes: npt.NDArray[np.uint64],
    pictures: Numbers,
    within: Numbers,
    marks: Numbers,
    radius: int,
    threads: int | None,
) -> Iterator[tuple[int, int, Numbers]]:
    """Pairs of pictures with at least three matches: (first, second, matches (count, 2))."""
    # Two numbers a match, since there are tens of millions: which pictures, and how well which
    # tiles match. Their order is that of pictures, then of distances.
    which: list[Numbers] = [np.zeros(0, np.int64)]
    how: list[npt.NDArray[np.int32]] = [np.zeros(0, np.int32)]
    for pairs in near_pairs(hashes, radius, threads=threads):
        # Tiles stand in the order of their pictures, and the first of a pair before the second.
        here, there = pictures[pairs.first], pictures[pairs.second]
        other = marks[here] != marks[there]
        distance = pairs.distance[other].astype(np.int64)
        tiles = within[pairs.first[other]] << 8 | within[pairs.second[other]]
        which.append(here[other] * len(marks) + there[other])
        how.append((distance << 16 | tiles).astype(np.int32))
    keys, values = np.concatenate(which), np.concatenate(how)
    order = np.lexsort((values, keys))
    keys, values = keys[order], values[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    ends = np.append(starts[1:], len(keys))
    enough = ends - starts >= _FEWEST
    for start, end in zip(starts[enough].tolist(), ends[enough].tolist(), strict=True):
        matches = np.stack([values[start:end] >> 8 & 255, values[start:end] & 255], axis=1)
        yield *divmod(int(keys[start]), len(marks)), matches.astype(np.int64)


def _pair(here: int, there: int, first: Tiles, second: Tiles, found: Agreement) -> CropPair:
    left, top = (-shift / found.scale for shift in found.shift)
    width, height = second.width / found.scale, second.height / found.scale
    across = min(left + width, first.width) - max(left, 0)
    down = min(top + height, first.height) - max(top, 0)
    smaller = min(first.width * first.height, width * height)
    return CropPair(
        first=here,
        second=there,
        agreeing=found.agreeing,
        evidence=found.evidence,
        share=found.share,
        scale=1 / found.scale,
        offset=(left / SIDE, top / SIDE),
        covered=min(1.0, max(0.0, across) * max(0.0, down) / smaller),
    )
