"""Which hashes a chain of near ones joins, found without ever holding, or making, all the pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import prod

import numpy as np
import numpy.typing as npt

from curation.duplicates.bands import Words
from curation.duplicates.engines import BandJoin, Engine, EngineName, choose_engine
from curation.duplicates.forest import Members, new_forest, roots, unite
from curation.duplicates.pairs import band_joins, packed, row_ranges

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Classes:
    """Rows that are equal: `of`, int64 (n,), the class of each; `first`, the first row of each."""

    of: Places
    first: Places


def components(
    values: npt.NDArray[np.uint64],
    radius: int,
    tags: npt.NDArray[np.int64] | None = None,
    *,
    variants: npt.NDArray[np.uint64] | None = None,
    links: tuple[Places, Places] | None = None,
    threads: int | None = None,
    engine: EngineName = "auto",
) -> Places:
    """The connected component of every hash, int64 (n,): the smallest place in it.

    `values` is uint64, (n,) or (n, words). Two hashes are linked where they differ in at most
    `radius` bits, or where one of the `variants` of one, uint64 (n, k) or (n, k, words), differs
    from the other in as few (those of turned and mirrored pictures, say), or where `links`, two
    int64 (m,), say so; but never where their `tags`, int64 (n,), are equal.

    Equal hashes are one from the beginning, links are made inside the search, and of very many near
    ones those that are linked already are skipped. So many equal or nearly equal hashes cost
    little, where `near_pairs` would have to name each of their pairs.
    """
    hashes = packed(values)
    size, words = hashes.shape
    turned = np.zeros((size, 0), np.uint64) if variants is None else variants
    turned = turned.reshape(size, prod(turned.shape[1:]))
    if turned.dtype != np.uint64 or turned.shape[1] % words:
        raise ValueError(f"variants are uint64, (n, k) or (n, k, {words}), of the same hashes")
    numbers = np.arange(size) if tags is None else np.unique(tags, return_inverse=True)[1]
    classes = equal_rows(np.concatenate([hashes, turned], axis=1))
    tagged = _class_tags(classes, numbers)
    loops = choose_engine(engine, len(classes.first))
    parents = _linked(hashes[classes.first], turned[classes.first], radius, tagged, loops, threads)
    labels = _labels(classes, tagged, parents)
    if links is not None:
        one, other = links
        differ = numbers[one] != numbers[other]
        forest = labels.astype(np.int32)
        unite(forest, one[differ], other[differ])
        labels = roots(forest, np.arange(size)).astype(np.int64)
    return labels


def equal_rows(rows: npt.NDArray[np.uint64]) -> Classes:
    """The classes of equal rows of an array, (n, columns)."""
    order = np.lexsort(rows.T)
    anew = np.ones(len(rows), np.bool_)
    if len(rows):
        anew[1:] = (rows[order[1:]] != rows[order[:-1]]).any(axis=1)
    classes = np.empty(len(rows), np.int64)
    classes[order] = np.cumsum(anew) - 1
    # The sort is stable, so that the first row of a class is the smallest.
    return Classes(classes, order[anew])


def _class_tags(classes: Classes, tags: Places) -> Places:
    """The tag of each class; of one whose members differ in it, a number of its own below 0."""
    tagged = tags[classes.first]
    mixed = classes.of[tags != tagged[classes.of]]
    tagged[mixed] = -1 - mixed
    return tagged


def _linked(
    uprights: Words,
    variants: npt.NDArray[np.uint64],
    radius: int,
    tags: Places,
    loops: Engine,
    threads: int | None,
) -> Members:
    """A forest of distinct hashes: the uprights, and behind them the variants of each."""
    count, words = uprights.shape
    owners = np.repeat(np.arange(count, dtype=np.int32), variants.shape[1] // words)
    turned = np.ascontiguousarray(variants.reshape(-1, words))
    parents = np.concatenate([new_forest(count), owners])
    tags = np.concatenate([tags, tags[owners]])
    workers = loops.threads(threads)
    _link(band_joins(uprights, None, radius, loops), loops, tags, parents, workers)
    if owners.size:
        both = np.concatenate([uprights, turned])
        joins = band_joins(turned, uprights, radius, loops)
        _link((_behind(join, both, count) for join in joins), loops, tags, parents, workers)
    return roots(parents, np.arange(count))


def _behind(join: BandJoin, hashes: Words, count: int) -> BandJoin:
    """The join with the left members renumbered to come behind the right ones."""
    left = join.left._replace(hashes=hashes, members=join.left.members + np.int32(count))
    return replace(join, left=left)


def _link(
    joins: Iterable[BandJoin], loops: Engine, tags: Places, parents: Members, threads: int
) -> None:
    """Link in `parents` what the joins find, in threads with a forest of their own each."""
    forests = [parents, *(parents.copy() for _ in range(threads - 1))]

    def link(join: BandJoin, ranges: Sequence[range], forest: Members) -> None:
        for rows in ranges:
            loops.link(join, rows, tags, forest)

    with ThreadPoolExecutor(threads) as pool:
        for join in joins:
            ranges = list(row_ranges(join, whole_buckets=True))
            shares = [ranges[thread::threads] for thread in range(threads)]
            others = [
                pool.submit(link, join, share, forest)
                for share, forest in zip(shares[1:], forests[1:], strict=True)
            ]
            link(join, shares[0], parents)
            for other, forest in zip(others, forests[1:], strict=True):
                other.result()
                loops.merge(parents, forest)
            for forest in forests[1:]:
                forest[:] = parents
            if not roots(parents, np.arange(parents.size)).any():
                return  # All is one tree.


def _labels(classes: Classes, tags: Places, trees: Members) -> Places:
    """The smallest place in each row's component.

    Equal rows of one tag belong together only through something else that is near.
    """
    smallest = np.full(trees.size, classes.of.size)
    np.minimum.at(smallest, trees, classes.first)
    joined = (tags < 0) | (np.bincount(trees, minlength=trees.size)[trees] > 1)
    own = np.arange(classes.of.size)
    return np.where(joined[classes.of], smallest[trees[classes.of]], own)
