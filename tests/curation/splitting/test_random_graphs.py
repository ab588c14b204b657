"""A group that crosses splits is impossible: 10,000 random graphs, by every way of splitting."""

from __future__ import annotations

import numpy as np
import pytest

from curation.splitting.earlier import HELD_OUT_FIRST, pin
from curation.splitting.groups import bonded
from curation.splitting.hashed import hashed_splits
from curation.splitting.splits import assign_splits, count_strata, prove_disjoint

GRAPHS = 10_000
SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}
GENERATORS = ("", "", "splice", "diffusion_inpaint", "face_swap")


class Graphs:
    """Random graphs of up to 12 pictures each, as columns of one table; edges stay inside one."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        sizes = rng.integers(1, 13, GRAPHS)
        graph = np.repeat(np.arange(GRAPHS), sizes)
        offset = np.repeat(np.cumsum(sizes) - sizes, sizes)
        self.names = [f"m{number:07x}" for number in rng.permutation(graph.size)]
        self.bonds = {
            kind: [
                None if value > spread else f"{kind}-{of}-{value}"
                for of, value in zip(
                    graph.tolist(), rng.integers(0, spread * 3 // 2, graph.size), strict=True
                )
            ]
            for kind, spread in (("file", 8), ("person", 12), ("template", 10), ("prompt", 16))
        }
        linking = rng.random(graph.size) < 0.15
        other = offset + rng.integers(0, np.repeat(sizes, sizes))
        self.links = [
            (self.names[one], self.names[two])
            for one, two in zip(np.flatnonzero(linking).tolist(), other[linking], strict=True)
        ]
        self.domain = [
            ("natural", "document", "deepfake")[i] for i in rng.integers(0, 3, graph.size)
        ]
        self.generator = [GENERATORS[i] for i in rng.integers(0, 5, graph.size)]
        self.earlier = {
            name: HELD_OUT_FIRST[place]
            for name, place in zip(self.names, rng.integers(0, 12, graph.size), strict=True)
            if place < 3
        }

    def crossing(self, splits: list[str]) -> int:
        """How many bonds and links cross splits, counted without any notion of a group."""
        of = dict(zip(self.names, splits, strict=True))
        found = sum(of[one] != of[other] for one, other in self.links)
        for column in self.bonds.values():
            first: dict[str, str] = {}
            for value, split in zip(column, splits, strict=True):
                found += value is not None and first.setdefault(value, split) != split
        return found


@pytest.fixture(scope="module")
def graphs() -> Graphs:
    return Graphs(20)


def test_no_way_of_splitting_parts_what_belongs_together(graphs: Graphs) -> None:
    ends = ([one for one, _ in graphs.links], [other for _, other in graphs.links])
    grouping = bonded(graphs.names, graphs.bonds, {"near": ends})
    groups = grouping.column().to_pylist()
    assert GRAPHS < len(grouping.ids) < len(groups)
    counts = count_strata(groups, graphs.domain, graphs.generator)
    pinned = pin(zip(groups, graphs.names, strict=True), graphs.earlier)
    anchors = dict(zip(grouping.ids, grouping.smallest(graphs.names), strict=True))
    named = {group: anchor for group, anchor in anchors.items() if anchor is not None}
    ways = {
        "balanced": assign_splits(counts, SHARES, 3),
        "balanced, as before": assign_splits(counts, SHARES, 3, pinned.splits),
        "hashed": hashed_splits(named, SHARES, 3),
        "hashed, as before": hashed_splits(named, SHARES, 3, pinned.splits),
    }
    for name, way in ways.items():
        splits = grouping.spread(way).to_pylist()
        assert graphs.crossing(splits) == 0, name
        prove_disjoint(zip(groups, splits, strict=True))
        if name.endswith("before"):
            assert all(way[group] == split for group, split in pinned.splits.items())


def test_the_count_of_crossings_can_fail(graphs: Graphs) -> None:
    alone = [HELD_OUT_FIRST[number % 3] for number in range(len(graphs.names))]
    assert graphs.crossing(alone) > 1000


def test_growing_moves_no_group_whose_anchor_stays(graphs: Graphs) -> None:
    half = len(graphs.names) // 2
    small = bonded(
        graphs.names[:half], {kind: column[:half] for kind, column in graphs.bonds.items()}
    )
    large = bonded(graphs.names, graphs.bonds)
    files = graphs.bonds["file"]
    names = [file or name for file, name in zip(files, graphs.names, strict=True)]
    before = dict(zip(small.ids, small.smallest(names[:half]), strict=True))
    after = dict(zip(large.ids, large.smallest(names), strict=True))
    first = hashed_splits({k: v for k, v in before.items() if v}, SHARES, 1)
    second = hashed_splits({k: v for k, v in after.items() if v}, SHARES, 1)
    by_anchor = {anchor: second[group] for group, anchor in after.items()}
    stayed = [group for group, anchor in before.items() if anchor in by_anchor]
    assert len(stayed) > 0.9 * len(before)
    assert all(first[group] == by_anchor[before[group]] for group in stayed)
