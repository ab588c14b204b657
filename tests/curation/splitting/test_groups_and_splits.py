"""Groups are what links join; splits take groups whole and give every kind its place."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.splitting.groups import bonded
from curation.splitting.splits import assign_splits, prove_disjoint
from schemas.errors import DatasetError
from schemas.identity import derive_id

SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}
names = st.integers(0, 15).map(lambda number: f"m{number:02}")
links = st.lists(st.tuples(names, names), max_size=30)
MEMBERS = [f"m{number:02}" for number in range(16)]
one_stratum = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=5),
    st.tuples(st.sampled_from(["natural", "document", "deepfake"]), st.integers(1, 30)),
    max_size=40,
).map(lambda groups: {name: {stratum: count} for name, (stratum, count) in groups.items()})


def group_ids(members: list[str], pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The group id of every member, by links alone."""
    ends = ([one for one, _ in pairs], [other for _, other in pairs])
    return dict(zip(members, bonded(members, {}, {"link": ends}).column().to_pylist(), strict=True))


@given(links, st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_order(pairs: list[tuple[str, str]], rng: random.Random) -> None:
    expected = group_ids(MEMBERS, pairs)
    members = rng.sample(MEMBERS, len(MEMBERS))
    mixed = [pair[:: rng.choice((1, -1))] for pair in rng.sample(pairs, len(pairs))]
    assert group_ids(members, [(pair[0], pair[1]) for pair in mixed]) == expected


@given(links)
def test_groups_are_the_transitive_closure(pairs: list[tuple[str, str]]) -> None:
    found = group_ids(MEMBERS, pairs)
    smallest = {member: member for member in MEMBERS}
    for _ in MEMBERS:
        for one, other in pairs:
            smallest[one] = smallest[other] = min(smallest[one], smallest[other])
    assert found == {member: derive_id("grp", smallest[member]) for member in MEMBERS}


def test_link_to_a_stranger() -> None:
    with pytest.raises(ValueError, match="'b'"):
        group_ids(["a"], [("a", "b")])


@given(one_stratum, st.integers(0, 99), st.randoms(use_true_random=False))
def test_splits_are_whole_stratified_and_independent_of_order(
    groups: dict[str, dict[str, int]], seed: int, rng: random.Random
) -> None:
    found = assign_splits(groups, SHARES, seed)
    assert list(found) == sorted(groups)
    assert set(found.values()) <= set(SHARES)
    mixed = {name: groups[name] for name in rng.sample(sorted(groups), len(groups))}
    assert assign_splits(mixed, dict(reversed(SHARES.items())), seed) == found
    number = Counter(stratum for counts in groups.values() for stratum in counts)
    placed = Counter((found[name], stratum) for name in groups for stratum in groups[name])
    for stratum, count in number.items():
        for split in SHARES:
            assert placed[split, stratum] >= min(2, count // 3)


def test_shares_are_kept_in_every_stratum() -> None:
    groups = {
        f"g{i}": {("natural", "document")[i % 2]: 1 + i % 5, "deepfake": i % 3} for i in range(300)
    }
    found = assign_splits(groups, SHARES, 1)
    total: Counter[str] = Counter()
    got: Counter[tuple[str, str]] = Counter()
    for name, counts in groups.items():
        total.update(counts)
        got.update({(found[name], stratum): count for stratum, count in counts.items()})
    for stratum in total:
        for split, share in SHARES.items():
            assert got[split, stratum] / total[stratum] == pytest.approx(share, abs=0.02)


def test_the_seed_decides_between_equals() -> None:
    groups = {f"g{i}": {"natural": 4} for i in range(40)}
    assert assign_splits(groups, SHARES, 1) != assign_splits(groups, SHARES, 2)


def test_a_split_without_share_gets_nothing() -> None:
    groups = {f"g{i}": {"natural": 4} for i in range(12)}
    assert set(assign_splits(groups, {"train": 0.8, "test": 0.2, "x": 0}, 1).values()) == {
        "train",
        "test",
    }
    with pytest.raises(ValueError, match="share above 0"):
        assign_splits(groups, {"train": 0.0}, 1)


def test_prove_disjoint_names_the_offenders() -> None:
    prove_disjoint([("a", "train"), ("a", "train"), ("b", "test")])
    with pytest.raises(DatasetError, match="b in test, train"):
        prove_disjoint([("a", "train"), ("b", "train"), ("b", "test")])
    with pytest.raises(DatasetError, match="and 2 more"):
        prove_disjoint([(f"g{i}", split) for i in range(7) for split in ("train", "test")])
