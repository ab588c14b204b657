"""Splits that stay: by a hash of the anchor, and by what an earlier set has on record."""

from __future__ import annotations

from collections import Counter

import pytest

from curation.splitting.earlier import pin
from curation.splitting.hashed import hashed_splits
from curation.splitting.splits import assign_splits, count_strata

SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}
ANCHORS = {f"g{number}": f"file-{number}.jpg" for number in range(4000)}


def test_shares_hold_on_average_and_the_seed_draws_anew() -> None:
    found = hashed_splits(ANCHORS, SHARES, 1)
    counts = Counter(found.values())
    for split, share in SHARES.items():
        assert counts[split] / len(found) == pytest.approx(share, abs=0.025)
    assert hashed_splits(ANCHORS, SHARES, 2) != found
    assert list(found) == sorted(found)


def test_a_split_depends_on_the_anchor_alone() -> None:
    some = dict(list(ANCHORS.items())[:100])
    whole = hashed_splits(ANCHORS, SHARES, 1)
    assert hashed_splits(some, SHARES, 1) == {group: whole[group] for group in sorted(some)}
    renamed = {f"other {group}": anchor for group, anchor in some.items()}
    found = hashed_splits(renamed, SHARES, 1)
    assert all(found[f"other {group}"] == whole[group] for group in some)


def test_a_larger_test_split_takes_from_train_alone() -> None:
    before = hashed_splits(ANCHORS, SHARES, 1)
    after = hashed_splits(ANCHORS, {"train": 0.6, "validation": 0.15, "test": 0.25}, 1)
    moves = Counter((before[g], after[g]) for g in ANCHORS if before[g] != after[g])
    assert set(moves) == {("train", "test")}


def test_pinned_groups_stay_and_splits_without_share_get_nothing() -> None:
    found = hashed_splits(ANCHORS, {"train": 1.0, "test": 0.0}, 1, {"g7": "validation"})
    assert found["g7"] == "validation"
    assert set(found.values()) == {"train", "validation"}
    with pytest.raises(ValueError, match="share above 0"):
        hashed_splits(ANCHORS, {"train": 0}, 1)


def test_the_held_out_side_wins_where_groups_of_two_splits_merge() -> None:
    members = [("g1", "a"), ("g1", "b"), ("g1", "new"), ("g2", "c"), ("g3", "other")]
    found = pin(members, {"a": "train", "b": "validation", "c": "train", "gone": "test"})
    assert found.splits == {"g1": "validation", "g2": "train"}
    (conflict,) = found.conflicts
    assert conflict.before == {"train": 1, "validation": 1}
    assert "1 in train, 1 in validation" in conflict.said
    assert "validation now" in conflict.said
    with pytest.raises(ValueError, match="'dev'"):
        pin([("g", "a")], {"a": "dev"})


def test_pinned_groups_count_towards_the_shares() -> None:
    groups = {f"g{number}": {"natural": 1} for number in range(200)}
    pinned = {f"g{number}": "train" for number in range(100)}
    found = assign_splits(groups, SHARES, 1, pinned)
    assert all(found[group] == "train" for group in pinned)
    counts = Counter(found.values())
    assert counts == {"train": 140, "validation": 30, "test": 30}
    assert assign_splits(groups, SHARES, 1, {"stranger": "test"}) == assign_splits(
        groups, SHARES, 1
    )


def test_a_pinned_split_may_have_no_share() -> None:
    groups = {f"g{number}": {"natural": 1} for number in range(20)}
    found = assign_splits(groups, {"train": 0.5, "test": 0.5}, 1, {"g0": "validation"})
    assert Counter(found.values())["validation"] == 1


def test_strata_of_several_columns() -> None:
    groups = ["g1", "g1", "g2", "g1"]
    found = count_strata(groups, ["natural"] * 4, ["splice", None, "splice", "splice"])
    assert found == {
        "g1": {("natural", "splice"): 2, ("natural", ""): 1},
        "g2": {("natural", "splice"): 1},
    }
    assert set(assign_splits(found, SHARES, 1)) == {"g1", "g2"}
    with pytest.raises(ValueError, match="row 1 has no group"):
        count_strata(["g", None], ["natural", "natural"])


def test_shares_hold_in_every_stratum_of_domain_operation_and_generator() -> None:
    rows = [
        (f"g{number // 4}", ("natural", "document")[number // 4 % 2], f"op{number * 7 % 3}")
        for number in range(4000)
    ]
    groups, domains, operations = zip(*rows, strict=True)
    counts = count_strata(groups, domains, operations)
    found = assign_splits(counts, SHARES, 1)
    total = Counter((domain, operation) for _, domain, operation in rows)
    tested = Counter((d, o) for group, d, o in rows if found[group] == "test")
    for stratum, count in total.items():
        assert tested[stratum] / count == pytest.approx(0.15, abs=0.02)
