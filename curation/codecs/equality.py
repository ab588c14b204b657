"""Measures how far real and fake are stored alike: by each property, and by all together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from schemas.picture import Codec

PROPERTIES = ("size", "format", "quality", "subsampling", "saves")


@dataclass(frozen=True, slots=True)
class StoredSample:
    """How one picture is stored. `fake`: whether it is a forgery."""

    fake: bool
    width: int
    height: int
    codec: Codec

    @property
    def properties(self) -> tuple[Hashable, ...]:
        """The values of `PROPERTIES`."""
        codec = self.codec
        size = (self.width, self.height)
        return size, codec.format, codec.quality, codec.subsampling, codec.saves


@dataclass(frozen=True, slots=True)
class Equality:
    """Total variation distances of real from fake: 0 where they are stored alike, 1 where never.

    `joint`: of all properties together; `each`: of one at a time. A distance is the share of the
    pictures of one label that would have to be stored otherwise.
    """

    joint: float
    each: Mapping[str, float]
    reals: int
    fakes: int


def compare(samples: Iterable[StoredSample]) -> Equality:
    """How alike real and fake are stored; all distances are 0 where one of them is missing."""
    counts: dict[bool, Counter[tuple[Hashable, ...]]] = {False: Counter(), True: Counter()}
    for sample in samples:
        counts[sample.fake][sample.properties] += 1
    real, fake = counts[False], counts[True]
    each = {}
    for place, name in enumerate(PROPERTIES):
        each[name] = _distance(_marginal(real, place), _marginal(fake, place))
    return Equality(_distance(real, fake), each, real.total(), fake.total())


def _marginal(counts: Counter[tuple[Hashable, ...]], place: int) -> Counter[tuple[Hashable, ...]]:
    found: Counter[tuple[Hashable, ...]] = Counter()
    for properties, count in counts.items():
        found[properties[place],] += count
    return found


def _distance(one: Counter[tuple[Hashable, ...]], other: Counter[tuple[Hashable, ...]]) -> float:
    if not one or not other:
        return 0.0
    keys = sorted(one.keys() | other.keys(), key=repr)
    return sum(abs(one[key] / one.total() - other[key] / other.total()) for key in keys) / 2
