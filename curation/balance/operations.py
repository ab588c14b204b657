"""Counts forgeries by domain, operation, generator and size of the change, and says how even."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.mask_sizes import size_bin

COLUMNS = ("sample_id", "domain", "operation", "generator", "quality", "twin_of")
"""What is read of a row."""
ASKED = "asked for"
"""The bin of forgeries that are not made yet."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A place in the table of forgeries."""

    domain: str
    operation: str
    generator: str
    size: str


@dataclass(frozen=True, slots=True)
class Evenness:
    """How evenly forgeries are spread over operations.

    `effective`: the number of operations that would be as diverse if all were equally frequent,
    exp of the Shannon entropy (Hill, "Diversity and Evenness", 1973). `ratio`: the most frequent
    one's count over the rarest one's, infinite where one that is expected has none.
    """

    count: int
    operations: int
    effective: float
    ratio: float
    most: str
    least: str


@dataclass(frozen=True, slots=True)
class Table:
    """Forgeries by cell. `real`: real pictures by domain."""

    cells: Mapping[Cell, int]
    real: Mapping[str, int]

    def by(self, *fields: str) -> dict[tuple[str, ...], int]:
        """Counts by some of the fields of a cell, in their order, sorted."""
        counts: Counter[tuple[str, ...]] = Counter()
        for cell, count in self.cells.items():
            counts[tuple(getattr(cell, field) for field in fields)] += count
        return dict(sorted(counts.items()))


def count_rows(rows: Iterable[Mapping[str, Any]]) -> Table:
    """The table of published rows, by the columns `COLUMNS`.

    Of a picture that stands in two encodings only one is counted.
    """
    cells: Counter[Cell] = Counter()
    real: Counter[str] = Counter()
    for row in rows:
        if row["twin_of"] is not None and row["sample_id"].startswith(f"{row['twin_of']}-"):
            continue
        if row["operation"] is None:
            real[row["domain"]] += 1
            continue
        area = row["quality"]["changed_area"]
        if area is None:
            area = row["quality"]["applied_area"]
        generator = row["generator"] or ""
        cells[Cell(row["domain"], row["operation"], generator, size_bin(area))] += 1
    return Table(dict(sorted(cells.items())), dict(sorted(real.items())))


def evenness(counts: Mapping[str, int]) -> Evenness:
    """How even counts by operation are. Operations with a count of 0 are expected and missing."""
    total = sum(counts.values())
    if not counts or total == 0:
        return Evenness(0, len(counts), 0.0, math.inf if counts else 1.0, "", "")
    shares = [count / total for count in counts.values() if count]
    ordered = sorted(counts, key=lambda name: (counts[name], name))
    least, most = ordered[0], ordered[-1]
    ratio = counts[most] / counts[least] if counts[least] else math.inf
    entropy = -sum(share * math.log(share) for share in shares)
    return Evenness(total, len(counts), math.exp(entropy), ratio, most, least)


def evenness_by_domain(table: Table) -> dict[str, Evenness]:
    """`evenness` over the operations of each domain that has forgeries."""
    domains: dict[str, dict[str, int]] = {}
    for (domain, operation), count in table.by("domain", "operation").items():
        domains.setdefault(domain, {})[operation] = count
    return {domain: evenness(counts) for domain, counts in domains.items()}
