"""Which bits to look at: a hash is cut into bands of which near hashes must nearly share one.

The generalised pigeonhole principle: let bands of a hash have radii whose sum, each plus one, is
the radius of the search plus one. Two hashes within that radius then lie, in at least one band,
within the band's own radius: were they further apart in all, they would differ in more bits than
the radius allows. (Norouzi, Punjani and Fleet, "Fast Search in Hamming Space with Multi-Index
Hashing", CVPR 2012; Qin and others, "GPH: Similarity Search in Hamming Space", ICDE 2018.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, combinations
from math import comb

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
WORD = 64
_WIDEST = 24  # A band's table has a place for each of its values: 64 MiB at 24 bits.


@dataclass(frozen=True, slots=True)
class Band:
    """The bits from `start` on, `width` of them, in which near hashes differ by `radius` or less.

    Bit 0 is the lowest of the first word.
    """

    start: int
    width: int
    radius: int

    def keys(self, values: Words) -> npt.NDArray[np.uint32]:
        """The band's bits of hashes, uint64 (n, words), as numbers below 2**width, uint32 (n,)."""
        if not self.width:
            return np.zeros(len(values), np.uint32)
        word, shift = divmod(self.start, WORD)
        keys = values[:, word] >> np.uint64(shift)
        if shift + self.width > WORD:
            keys |= values[:, word + 1] << np.uint64(WORD - shift)
        return np.asarray(keys & np.uint64((1 << self.width) - 1), np.uint32)

    def flips(self) -> npt.NDArray[np.uint32]:
        """Every number below 2**width of at most `radius` bits, uint32: how near keys differ."""
        return np.array(
            [
                sum(1 << bit for bit in bits)
                for weight in range(min(self.radius, self.width) + 1)
                for bits in combinations(range(self.width), weight)
            ],
            np.uint32,
        )

    def mask(self, words: int) -> npt.NDArray[np.uint64]:
        """The band's bits among all of a hash, uint64 (words,)."""
        bits = ((1 << self.width) - 1) << self.start
        return np.array([bits >> WORD * word & (1 << WORD) - 1 for word in range(words)], np.uint64)


@dataclass(frozen=True, slots=True)
class Costs:
    """What an engine's steps cost, in nanoseconds: they decide how many bands are best.

    `sorting` a hash into a band, `lookup` of the bucket of one hash under one flip, `candidate`: a
    comparison with a word of a hash found there, `mask`: what is done once for each flip of a band.
    """

    sorting: float
    lookup: float
    candidate: float
    mask: float


@lru_cache(maxsize=256)
def choose_bands(
    left: int, right: int | None, bits: int, radius: int, costs: Costs
) -> tuple[Band, ...]:
    """The bands that make a join cheapest if bits were thrown by coin.

    `left` and `right` are numbers of hashes; without `right`, `left` is joined with itself. One
    band of no width compares every pair: what a small number comes to.
    """

    words = min(bits // WORD, 2)  # As many are looked at of those that turn out far.

    @cache
    def cost(width: int, band_radius: int) -> float:
        return _nanoseconds(width, band_radius, left, right, words, costs)

    best, cheapest = _lay([0], [radius]), cost(0, radius)
    for count in range(1, radius + 2):
        inner, wider = divmod(radius + 1, count)
        radii = [inner] * wider + [inner - 1] * (count - wider)
        for width in range(min(_WIDEST, bits) + 1):
            rest = bits - wider * width
            if rest < 0:
                break
            each, more = divmod(rest, count - wider)
            others = [min(_WIDEST, each + (place < more)) for place in range(count - wider)]
            widths = [width] * wider + others
            price = sum(cost(*band) for band in zip(widths, radii, strict=True))
            if price < cheapest:
                best, cheapest = _lay(widths, radii), price
            if not wider:
                break
    return best


def _lay(widths: Sequence[int], radii: Sequence[int]) -> tuple[Band, ...]:
    starts = accumulate(widths, initial=0)
    return tuple(Band(*band) for band in zip(starts, widths, radii, strict=False))


def _nanoseconds(
    width: int, radius: int, left: int, right: int | None, words: int, costs: Costs
) -> float:
    masks = sum(comb(width, weight) for weight in range(radius + 1))
    both, pairs, lookups = left, left * left / 2, masks * left / 2
    if right is not None:
        both, pairs, lookups = left + right, left * right, masks * left
    total: float = (
        (both + 2**width) * costs.sorting
        + lookups * costs.lookup
        + pairs * masks / 2**width * words * costs.candidate
        + masks * costs.mask
    )
    return total
