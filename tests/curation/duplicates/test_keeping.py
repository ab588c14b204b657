"""Near-duplicates: which stay, for whom the others are dropped, and in what clusters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.duplicates import covering
from curation.duplicates.engines import Pairs
from curation.duplicates.keeping import Dropped, decide, keep_one, preference
from tests.curation.duplicates.brute_force import (
    Hashes,
    clumped,
    distances,
    smallest_linked,
    tight_ball,
)


def links_of(*links: tuple[int, int, int]) -> Pairs:
    first, second, distance = np.array(links, np.int64).reshape(-1, 3).T
    return Pairs(first, second, distance.astype(np.uint16))


def slow(
    ids: Sequence[str],
    values: Hashes,
    radius: int,
    lineages: Sequence[str],
    orientations: Hashes,
    links: Pairs,
) -> tuple[tuple[Dropped, ...], list[int]]:
    """What is dropped, pair by pair, and the components."""
    turned = [distances(orientations[:, k], values) for k in range(orientations.shape[1])]
    apart = np.minimum.reduce([distances(values, values), *turned, *(one.T for one in turned)])
    near = apart <= radius
    for first, second, distance in zip(links.first, links.second, links.distance, strict=True):
        for i, j in ((first, second), (second, first)):
            apart[i, j] = min(apart[i, j], distance) if near[i, j] else distance
            near[i, j] = True
    near &= np.array([[one != other for other in lineages] for one in lineages], bool)
    dropped: dict[int, Dropped] = {}
    for j in range(len(ids)):
        for i in range(j):
            if i not in dropped and j not in dropped and near[i, j]:
                dropped[j] = Dropped(ids[j], ids[i], int(apart[i, j]))
    return tuple(dropped.values()), smallest_linked(near)


@settings(deadline=None, max_examples=150)
@given(
    values=clumped(),
    radius=st.integers(0, 6),
    families=st.integers(1, 40),
    turn=st.booleans(),
    linked=st.integers(0, 6),
    small=st.integers(1, 40),
    seed=st.integers(0, 99),
)
def test_the_first_that_stays_drops_what_resembles_it(
    values: Hashes, radius: int, families: int, turn: bool, linked: int, small: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    size = len(values)
    ids = [f"p{i}" for i in range(size)]
    lineages = [f"l{family}" for family in rng.integers(0, families, size)]
    orientations = values[:, None]
    if turn and size:
        orientations = np.concatenate([orientations, values[rng.integers(0, size, (size, 7))]], 1)
    ends = {tuple(sorted(rng.choice(size, 2, False).tolist())) for _ in range(linked) if size > 1}
    links = links_of(*((i, j, int(rng.integers(0, 20))) for i, j in sorted(ends)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(covering, "_SMALL", small)
        patch.setattr(covering, "_TRIES", 1 + small % 3)
        patch.setattr(covering, "_WORTH", small % 7)
        dropped = keep_one(ids, values, radius, lineages, orientations=orientations, links=links)
        tags = np.array([int(lineage[1:]) for lineage in lineages], np.int64)
        decided = decide(values, radius, tags, orientations=orientations, links=links)
    expected, labels = slow(ids, values, radius, lineages, orientations, links)
    assert dropped == expected
    assert decided.labels.tolist() == labels
    kept = {drop.dropped_id: drop.kept_id for drop in dropped}
    for place, kept_for in enumerate(decided.kept_for.tolist()):
        assert kept.get(ids[place]) == (ids[kept_for] if kept_for >= 0 else None)


def test_a_dropped_picture_drops_no_other() -> None:
    chain = np.array([0b0, 0b111, 0b111111], np.uint64)
    dropped = keep_one(["a", "b", "c"], chain, 3, ["x", "y", "z"])
    assert dropped == (Dropped("b", "a", 3),)
    assert decide(chain, 3, np.arange(3)).labels.tolist() == [0, 0, 0]


def test_a_forgery_is_no_duplicate_of_its_source() -> None:
    same = np.zeros(3, np.uint64)
    dropped = keep_one(["source", "forgery", "stranger"], same, 8, ["s", "s", "t"])
    assert dropped == (Dropped("stranger", "source", 0),)
    assert decide(same[:2], 8, np.zeros(2, np.int64)).labels.tolist() == [0, 1]


def test_a_mirrored_picture_is_found_by_its_orientations() -> None:
    upright = np.array([0, 2**40 - 1], np.uint64)
    turned = np.repeat(upright[:, None], 8, axis=1)
    turned[1, 5] = 1
    ids = ["a", "b"]
    assert not keep_one(ids, upright, 8, ids)
    assert keep_one(ids, upright, 8, ids, orientations=turned) == (Dropped("b", "a", 1),)
    with pytest.raises(ValueError, match="own fingerprint"):
        keep_one(ids, upright[::-1].copy(), 8, ids, orientations=turned)


def test_what_else_found_alike_is_dropped_too() -> None:
    far = np.array([0, 2**64 - 1, 2**32 - 1], np.uint64)
    ids = ["a", "b", "c"]
    assert keep_one(ids, far, 8, ids, links=links_of((2, 0, 12))) == (Dropped("c", "a", 12),)
    assert not keep_one(ids, far, 8, ["x", "y", "x"], links=links_of((2, 0, 12)))
    with pytest.raises(ValueError, match="above 2"):
        keep_one(ids, far, 8, ids, links=links_of((0, 3, 1)))


@pytest.mark.parametrize("families", [20_000, 10_000, 2])
def test_very_many_that_are_alike(families: int) -> None:
    """Twenty thousand equal or nearly equal ones end at once, whoever they belong to."""
    ids = [f"{i:05}" for i in range(20_000)]
    lineages = [str(i % families) for i in range(20_000)]
    equal = keep_one(ids, np.zeros(20_000, np.uint64), 8, lineages)
    assert len(equal) == 20_000 - 20_000 // families
    near = keep_one(ids, tight_ball(20_000, 4), 8, lineages)
    assert len(near) == 20_000 - 20_000 // families


def test_the_best_comes_first() -> None:
    ids = ["z", "z", "z", "z", "a", "b"]
    pixels = np.array([900, 400, 400, 400, 400, 400])
    lossless = np.array([False, True, False, False, False, False])
    quality = np.array([60, 0, 95, 70, 0, 0])
    shuffled = np.random.default_rng(0).permutation(6)
    order = preference(
        [ids[i] for i in shuffled], pixels[shuffled], lossless[shuffled], quality[shuffled]
    )
    assert shuffled[order].tolist() == [0, 1, 2, 3, 4, 5]
    assert preference([], *(np.zeros(0, kind) for kind in (int, bool, int))).tolist() == []
