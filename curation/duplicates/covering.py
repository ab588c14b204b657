"""Who stays for whom: a greedy cover of near-duplicates, in the order that they are given in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod

import numpy as np
import numpy.typing as npt

from curation.duplicates.bands import Words
from curation.duplicates.components import Classes, Places, components, equal_rows
from curation.duplicates.engines import Pairs
from curation.duplicates.pairs import cross_pairs, near_pairs

_SMALL = 64  # members of a component of which all pairs may be held
_TRIES = 32  # passes over a larger one after which it is asked whether they are worth it
_WORTH = 16  # dropped in a pass, on average, that make it worth more than knowing all the pairs


@dataclass(frozen=True, slots=True)
class Resemblance:
    """What makes two of n pictures near-duplicates.

    Their `hashes`, uint64 (n, words), differ in at most `radius` bits, or a hash of one and one of
    the `variants`, uint64 (n, k, words), of the other, or `links` say so; unless their `tags`,
    int64 (n,), are equal. The distance of two is the smallest of those.
    """

    hashes: Words
    radius: int
    tags: Places
    variants: npt.NDArray[np.uint64]
    links: Pairs
    threads: int | None = None

    def components(self) -> Places:
        """The smallest of the pictures that each is linked with, int64 (n,)."""
        return components(
            self.hashes,
            self.radius,
            self.tags,
            variants=self.variants,
            links=(self.links.first, self.links.second),
            threads=self.threads,
        )

    def between(self, one: int, others: Places) -> tuple[npt.NDArray[np.bool_], Places]:
        """Which of `others`, in rising order, resemble `one`, and at what distance."""
        ours, theirs = self.hashes[one], self.hashes[others]
        distance = _bits(ours ^ theirs)
        for place in range(self.variants.shape[1]):
            np.minimum(distance, _bits(self.variants[one, place] ^ theirs), out=distance)
            np.minimum(distance, _bits(self.variants[others, place] ^ ours), out=distance)
        near = distance <= self.radius
        begin, end = np.searchsorted(self.links.first, [one, one + 1])
        linked, at = self.links.second[begin:end], self.links.distance[begin:end]
        places = np.searchsorted(others, linked)
        there = places < others.size
        there[there] = others[places[there]] == linked[there]
        for place, apart in zip(places[there].tolist(), at[there].tolist(), strict=True):
            distance[place] = min(distance[place], apart) if near[place] else apart
            near[place] = True
        return near & (self.tags[others] != self.tags[one]), distance

    def among(self, members: Places) -> Resemblance:
        """The same for some of the pictures, in rising order, which are numbered anew."""
        number = np.full(len(self.hashes), -1)
        number[members] = np.arange(members.size)
        inside = (number[self.links.first] >= 0) & (number[self.links.second] >= 0)
        links = Pairs(
            number[self.links.first[inside]],
            number[self.links.second[inside]],
            self.links.distance[inside],
        )
        return replace(
            self,
            hashes=self.hashes[members],
            tags=self.tags[members],
            variants=self.variants[members],
            links=links,
        )

    def pairs(self) -> tuple[Places, Places, Places]:
        """All pairs that resemble one another: i < j and the distance, sorted, some repeated."""
        found = [*self._near_pairs(), self.links]
        one = np.concatenate([block.first for block in found])
        other = np.concatenate([block.second for block in found])
        distance = np.concatenate([block.distance for block in found]).astype(np.int64)
        some = self.tags[one] != self.tags[other]
        first, second = np.minimum(one, other)[some], np.maximum(one, other)[some]
        order = np.lexsort((distance[some], second, first))
        return first[order], second[order], distance[some][order]

    def _near_pairs(self) -> Iterator[Pairs]:
        yield from near_pairs(self.hashes, self.radius, tags=self.tags, threads=self.threads)
        count, words = self.variants.shape[1:]
        turned = self.variants.reshape(len(self.tags) * count, words)
        tags = np.repeat(self.tags, count), self.tags
        for block in cross_pairs(turned, self.hashes, self.radius, tags=tags, threads=self.threads):
            yield Pairs(block.first // count, block.second, block.distance)


def cover(resemblance: Resemblance, labels: Places) -> tuple[Places, Places]:
    """Whom each picture is dropped for, int64 (n,), -1 if it stays; and how far it is from it.

    In order, each picture that was not dropped stays, and drops the later ones that resemble it. So
    of a pair the first stays unless it is dropped, and the first of those that stay is named.
    `labels` are the pictures' components, outside of which nothing resembles them. Costs a pass
    over a component for each that stays while many are dropped in a pass, and else what all pairs
    cost, which then are few.
    """
    kept_for = np.full(labels.size, -1)
    distances = np.zeros(labels.size, np.int64)
    twins = _twins(resemblance)
    undecided: list[Places] = [np.zeros(0, np.int64)]
    for members in by_label(labels, np.sort(twins.first)):
        if members.size > _SMALL:
            members = _sweep(resemblance, members, kept_for, distances)
        undecided.append(members)
    # Most of those in whose component hardly any were dropped now resemble none that is left.
    left = np.sort(np.concatenate(undecided))
    rest = [left[:0], *by_label(resemblance.among(left).components())]
    left = left[np.sort(np.concatenate(rest))]
    first, second, apart = resemblance.among(left).pairs()
    pairs = left[first].tolist(), left[second].tolist(), apart.tolist()
    for one, other, distance in zip(*pairs, strict=True):
        # By rising first: whether it stays itself is settled before it can drop another.
        if kept_for[one] < 0 and kept_for[other] < 0:
            kept_for[other], distances[other] = one, distance
    decided = twins.first[twins.of]
    return kept_for[decided], distances[decided]


def _twins(resemblance: Resemblance) -> Classes:
    """Classes of those of which all hashes and the tag are equal: they share one fate.

    Whatever drops one of them drops the others, and they cannot drop one another. Those with links
    of their own stand alone.
    """
    size = len(resemblance.hashes)
    alone = np.zeros(size, np.uint64)
    for linked in (resemblance.links.first, resemblance.links.second):
        alone[linked] = linked + 1
    columns = (
        resemblance.hashes,
        resemblance.variants.reshape(size, prod(resemblance.variants.shape[1:])),
        resemblance.tags.astype(np.uint64)[:, None],
        alone[:, None],
    )
    return equal_rows(np.concatenate(columns, axis=1))


def by_label(labels: Places, members: Places | None = None) -> Iterator[Places]:
    """Those (of `members`) that share a label with another, label by label, in rising order."""
    order = np.argsort(labels if members is None else labels[members], kind="stable")
    found = order if members is None else members[order]
    starts = np.flatnonzero(np.diff(labels[found], prepend=-1, append=-1))
    for start, stop in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        if stop - start > 1:
            yield found[start:stop]


def _sweep(
    resemblance: Resemblance, members: Places, kept_for: Places, distances: Places
) -> Places:
    """Decide over members, in rising order, while that is worth it; those left undecided."""
    passes = dropped = 0
    while members.size:
        first, members = int(members[0]), members[1:]
        near, distance = resemblance.between(first, members)
        kept_for[members[near]], distances[members[near]] = first, distance[near]
        members = members[~near]
        passes += 1
        dropped += int(near.sum())
        if passes == _TRIES:
            if dropped < _WORTH * passes:
                break
            passes = dropped = 0
    return members


def _bits(apart: Words) -> Places:
    return np.asarray(np.bitwise_count(apart).sum(axis=-1, dtype=np.int64))
