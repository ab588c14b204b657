"""Measures groups, splits, balance and audit features of a million rows of metadata.

Run by `python -m benchmarks.metadata [rows]`. The rows are made: files with a crop or two each,
three forgeries of every crop by some of twelve generators, people, prompts, captions and
near-duplicates. A child process that may use two cores goes the whole way over them: groups by
union-find over five kinds of bonds, splits (balanced, and by hash), a hold-out, the proofs, counts
of operations, topics of captions, the audit's features and the audit. Its time and its largest
memory, rows included, are the figures. Another child groups a quarter of the rows by networkx and
by the union-find in a dictionary that people write for it, in turns with ours. The last line holds
the figures.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.figures import Figure, report
from benchmarks.metadata_rows import made_rows

ROWS = 1_000_000
CORES = 2
SECONDS, MEGABYTES = 60.0, 2000.0
_TURNS = 3
_BONDS = ("source", "file", "person", "prompt")


def whole_way(rows: int) -> dict[str, float]:
    """Seconds by step over made rows, and the largest memory of the process in megabytes."""
    from curation.balance.content_match import surplus
    from curation.balance.topics import sort_captions
    from curation.shortcuts.audit import audit
    from curation.shortcuts.table import tabulate
    from curation.splitting.giants import giants
    from curation.splitting.groups import bonded
    from curation.splitting.hashed import hashed_splits
    from curation.splitting.held_out import held_out_rows, prove_held_out
    from curation.splitting.splits import assign_splits, count_strata, prove_disjoint
    from schemas.recipe.splits import HoldOut

    took: dict[str, float] = {}

    @contextmanager
    def step(name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        took[name] = time.perf_counter() - began

    table, alike = made_rows(rows)
    shares = {"train": 0.7, "validation": 0.15, "test": 0.15}
    with step("groups"):
        bonds = {kind: table[kind] for kind in _BONDS}
        grouping = bonded(table["sample_id"], bonds, {"near-duplicate": alike})
        groups = grouping.column()
        if found := giants(grouping, table["domain"]):
            raise SystemExit(found[0].said)
    with step("splits"):
        strata = count_strata(groups, table["domain"], table["operation"], table["generator"])
        splits = grouping.spread(assign_splits(strata, shares, 1))
        table = table.append_column("group_id", groups).append_column("split", splits)
        del strata
    with step("splits by hash"):
        anchors = dict(zip(grouping.ids, grouping.smallest(table["file"]), strict=True))
        hashed = hashed_splits({k: v or k for k, v in anchors.items()}, shares, 1)
        del hashed, anchors
    with step("hold-out and proofs"):
        held = [HoldOut(generator="generator_3")]
        tested = pc.equal(table["split"], "test").to_numpy()
        stays = table.filter(pa.array(tested | (held_out_rows(table, held) < 0)))
        prove_held_out(stays, held)
        pairs = zip(stays["group_id"].to_pylist(), stays["split"].to_pylist(), strict=True)
        prove_disjoint(pairs)
        del stays, pairs
    with step("balance"):
        sizes = pc.floor(pc.multiply(pc.log10(pc.max_element_wise(table["area"], 1e-4)), 2.0))
        cells = table.append_column("size", sizes).group_by(
            ["domain", "operation", "generator", "size"]
        )
        counted = cells.aggregate([([], "count_all")])
        assert counted["count_all"].to_numpy().sum() == rows
        captions = table["caption"].to_pylist()
        fake = pc.equal(table["label"], "fake").to_numpy()
        topics = sort_captions(captions, 12, 1)
        gone = surplus(topics, fake, table["sample_id"].to_pylist(), 1)
        del captions, topics, gone
    with step("audit features"):
        features = tabulate(table)
    with step("audit"):
        audit(features, 1)
    took["all"] = sum(took.values())
    took["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took["number of groups"] = float(len(grouping.ids))
    return took


def beside_others(rows: int) -> dict[str, float]:
    """Medians of the seconds that three ways of grouping take on the same rows."""
    from curation.splitting.groups import bonded

    table, alike = made_rows(rows)
    names = table["sample_id"].to_pylist()
    bonds = {kind: table[kind].to_pylist() for kind in _BONDS}
    links = list(zip(alike[0].to_pylist(), alike[1].to_pylist(), strict=True))

    def ours() -> list[str]:
        columns = {kind: table[kind] for kind in _BONDS}
        grouping = bonded(table["sample_id"], columns, {"near-duplicate": alike})
        return list(grouping.column().to_pylist())

    ways: dict[str, Callable[[], list[str]]] = {
        "ours": ours,
        "networkx": lambda: _by_networkx(names, bonds, links),
        "dictionary": lambda: _by_dictionary(names, bonds, links),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    found = {}
    for _ in range(_TURNS):
        for way, group in ways.items():
            began = time.perf_counter()
            found[way] = group()
            seconds[way].append(time.perf_counter() - began)
    for other in ("networkx", "dictionary"):
        assert len(set(zip(found["ours"], found[other], strict=True))) == len(set(found["ours"]))
        assert len(set(found[other])) == len(set(found["ours"]))
    return {way: float(np.median(times)) for way, times in seconds.items()}


def _edges(
    names: list[str], bonds: dict[str, list[Any]], links: list[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    yield from links
    for column in bonds.values():
        first: dict[str, str] = {}
        for value, name in zip(column, names, strict=True):
            if value is not None:
                yield first.setdefault(value, name), name


def _by_networkx(
    names: list[str], bonds: dict[str, list[Any]], links: list[tuple[str, str]]
) -> list[str]:
    networkx: Any = importlib.import_module("networkx")
    graph = networkx.Graph()
    graph.add_nodes_from(names)
    graph.add_edges_from(_edges(names, bonds, links))
    group = {}
    for component in networkx.connected_components(graph):
        smallest = min(component)
        group.update(dict.fromkeys(component, smallest))
    return [group[name] for name in names]


def _by_dictionary(
    names: list[str], bonds: dict[str, list[Any]], links: list[tuple[str, str]]
) -> list[str]:
    parent = {name: name for name in names}

    def find(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one, other in _edges(names, bonds, links):
        first, second = find(one), find(other)
        if first != second:
            parent[max(first, second)] = min(first, second)
    return [find(name) for name in names]


def _in_child(what: str, rows: int) -> dict[str, float]:
    """The result of `what` in a process of its own, which may use two cores and as many threads."""
    threads = {f"{name}_NUM_THREADS": str(CORES) for name in ("OMP", "OPENBLAS", "MKL")}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.metadata", what, str(rows)],
        env=os.environ | threads,
        stdout=subprocess.PIPE,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure(rows: int = ROWS) -> tuple[Figure, ...]:
    """The figures, for the table of measurements; prints a line a step."""
    took = _in_child("whole-way", rows)
    for name, value in took.items():
        print(f"{name:20s}{value:12.2f}")
    beside = _in_child("beside-others", rows // 4)
    for name, value in beside.items():
        print(f"groups of {rows // 4:,} rows, {name:12s}{value:8.2f} s")
    ratios = {name: beside[name] / beside["ours"] for name in ("networkx", "dictionary")}
    return (
        Figure(
            f"{rows:,} rows of metadata: groups, splits, balance, audit, on two cores",
            f"at most {SECONDS:.0f} s",
            f"{took['all']:.0f} s",
            took["all"] <= SECONDS,
        ),
        Figure(
            "their largest memory",
            f"at most {MEGABYTES / 1000:.0f} GB",
            f"{took['megabytes'] / 1000:.2f} GB",
            took["megabytes"] <= MEGABYTES,
        ),
        *(
            Figure(f"groups against {name}", "faster", f"{ratio:.1f} times", ratio > 1)
            for name, ratio in ratios.items()
        ),
    )


def main() -> None:
    """Measure and print; or, as a child, do one of the two measurements."""
    if len(sys.argv) == 3:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
        ways = {"whole-way": whole_way, "beside-others": beside_others}
        print(json.dumps(ways[sys.argv[1]](int(sys.argv[2]))))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    print(report("metadata", measure(rows)))


if __name__ == "__main__":
    main()
