"""Verdicts over made-up fingerprints: what must hold of every set of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.duplicates.clustering import Links, decide, in_order, tags_of
from flows.duplicates.prints import SCHEMA
from flows.duplicates.verdicts import RELATIONS

RADIUS = 3


@st.composite
def some_prints(draw: st.DrawFn) -> pa.Table:
    """Fingerprints near one another, of few sizes and lineages, some of equal bytes."""
    count = draw(st.integers(1, 24))

    def each(values: st.SearchStrategy[object]) -> list[object]:
        return draw(st.lists(values, min_size=count, max_size=count))

    columns = {field.name: pa.nulls(count, field.type) for field in SCHEMA}
    prints = each(st.integers(0, 255))
    columns |= {
        "key": pa.array([f"{number:02d}" for number in draw(st.permutations(range(count)))]),
        "fingerprint": pa.array(prints, pa.uint64()),
        "width": pa.array(each(st.integers(1, 3)), pa.int32()),
        "height": pa.array([1] * count, pa.int32()),
        "lossless": pa.array(each(st.booleans())),
        "quality": pa.array(each(st.none() | st.integers(1, 3)), pa.int32()),
        "lineage": pa.array(each(st.none() | st.sampled_from("ab")), pa.string()),
        "digest": pa.array([f"{value}" for value in prints]),
    }
    return pa.table(columns)


@settings(max_examples=200, deadline=None)
@given(some_prints(), st.data())
def test_verdicts_keep_their_promises(prints: pa.Table, data: st.DataObject) -> None:
    count = prints.num_rows
    numbers = np.zeros(count, np.int64)
    tags, order = tags_of(prints, numbers, False), in_order(prints, numbers, False)
    pair = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    pairs = {(min(p), max(p)) for p in data.draw(st.lists(pair, max_size=3)) if p[0] != p[1]}
    ends = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    likeness = np.full(len(ends), 0.97, np.float32)
    crops = Links(ends[:, 0], ends[:, 1], np.full(len(ends), 3, np.int8), likeness)
    found = decide(prints, tags, order, RADIUS, [crops])
    hashes = prints["fingerprint"].to_numpy()
    near = np.bitwise_count(hashes[:, None] ^ hashes[None]) <= RADIUS
    near[ends[:, 0], ends[:, 1]] = near[ends[:, 1], ends[:, 0]] = True
    near &= tags[:, None] != tags[None]
    # The rule, spelled out.
    kept_for = np.full(count, -1)
    rank = np.argsort(order)
    for one in order:
        if kept_for[one] < 0:
            for other in np.flatnonzero(near[one] & (kept_for < 0) & (rank > rank[one])):
                kept_for[other] = one
    assert found.kept_for.tolist() == kept_for.tolist()
    for one in found.dropped.tolist():
        kept = int(found.kept_for[one])
        bits = int(np.bitwise_count(hashes[one] ^ hashes[kept]))
        relation = "same" if bits == 0 else "near" if bits <= RADIUS else "crop"
        assert RELATIONS[found.relation[one]] == relation
        assert found.cluster[one] == found.cluster[kept] >= 0
    members = list(found.members())
    assert sorted(np.concatenate([*members, np.flatnonzero(found.cluster < 0)]).tolist()) == list(
        range(count)
    )
    assert [len(one) for one in members] == sorted(map(len, members), reverse=True)
    assert all(len(one) > 1 and found.kept_for[one[0]] < 0 for one in members)


def test_the_larger_the_lossless_and_the_better_picture_stays() -> None:
    columns = {field.name: pa.nulls(5, field.type) for field in SCHEMA}
    columns |= {
        "key": pa.array(["small", "b", "a", "good", "lossless"]),
        "width": pa.array([9, 10, 10, 10, 10], pa.int32()),
        "height": pa.array([10] * 5, pa.int32()),
        "lossless": pa.array([True, False, False, False, True]),
        "quality": pa.array([None, 80, 80, 90, None], pa.int32()),
    }
    prints = pa.table(columns)
    numbers = np.zeros(5, np.int64)
    order = in_order(prints, numbers, False)
    assert prints["key"].take(pa.array(order)).to_pylist() == [
        "lossless",
        "good",
        "a",
        "b",
        "small",
    ]
    numbers[1:] = 1
    assert in_order(prints, numbers, True)[0] == 0
