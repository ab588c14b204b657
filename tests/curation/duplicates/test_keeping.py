"""Near-duplicates: all pairs and no other, and a rule for who stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.duplicates import keeping as near_duplicates
from curation.duplicates.keeping import Dropped, keep_one, near_duplicate_pairs

# Numbers of few bits, so that near pairs are common.
numbers = st.lists(st.integers(0, 2**10 - 1) | st.integers(0, 2**64 - 1), max_size=40)


def slow(values: list[int], radius: int) -> list[tuple[int, int, int]]:
    pairs = [(i, j) for i in range(len(values)) for j in range(i + 1, len(values))]
    distances = [(i, j, (values[i] ^ values[j]).bit_count()) for i, j in pairs]
    return [pair for pair in distances if pair[2] <= radius]


@settings(deadline=None)
@given(values=numbers, radius=st.integers(0, 16), block=st.integers(1, 200))
def test_pairs_are_those_of_brute_force(values: list[int], radius: int, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_duplicates, "_BLOCK", block)
        found = list(near_duplicate_pairs(np.array(values, np.uint64), radius))
    assert found == slow(values, radius)


@settings(deadline=None)
@given(values=numbers, radius=st.integers(0, 16), families=st.integers(1, 8))
def test_what_stays_is_free_of_duplicates(values: list[int], radius: int, families: int) -> None:
    ids = [f"p{i}" for i in range(len(values))]
    lineages = [f"l{i % families}" for i in range(len(values))]
    dropped = keep_one(ids, np.array(values, np.uint64), radius, lineages)
    gone = {drop.dropped_id for drop in dropped}
    assert not any(drop.kept_id in gone for drop in dropped)
    for drop in dropped:
        kept, lost = ids.index(drop.kept_id), ids.index(drop.dropped_id)
        assert kept < lost
        assert lineages[kept] != lineages[lost]
        assert drop.distance == (values[kept] ^ values[lost]).bit_count() <= radius
    for i, j, _ in slow(values, radius):
        assert ids[i] in gone or ids[j] in gone or lineages[i] == lineages[j]


def test_a_dropped_picture_drops_no_other() -> None:
    chain = np.array([0b0, 0b111, 0b111111], np.uint64)
    dropped = keep_one(["a", "b", "c"], chain, 3, ["x", "y", "z"])
    assert dropped == (Dropped("b", "a", 3),)


def test_a_forgery_is_no_duplicate_of_its_source() -> None:
    same = np.zeros(3, np.uint64)
    dropped = keep_one(["source", "forgery", "stranger"], same, 8, ["s", "s", "t"])
    assert dropped == (Dropped("stranger", "source", 0),)


def test_columns_must_have_one_length() -> None:
    with pytest.raises(ValueError, match="one of each"):
        keep_one(["a"], np.zeros(2, np.uint64), 8, ["x", "y"])
