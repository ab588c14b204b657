"""`counterfoil contamination`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from curation.contamination.overlap import Overlap, overlap, overlap_table
from dataset_cards.cluster_sheet import SheetCell, SheetRow, cluster_sheets
from flows.duplicates.gathering import Gathered, gather
from flows.duplicates.lists import Benchmark, hash_list, names_apart, open_benchmark
from flows.duplicates.outside import refuse_within
from flows.duplicates.prints import Wanted
from flows.duplicates.report import csv_bytes, in_short
from flows.duplicates.showing import described, fetch, told
from flows.watching import Watch
from schemas.errors import CounterfoilError, DatasetError
from storage.files import location, write_bytes, writing
from storage.picture_sets.choice import NOTHING, Choice
from storage.picture_sets.contract import PictureSet
from storage.picture_sets.opening import open_set

_SHOWN = 120


def run_contamination(
    path: str,
    against: Sequence[str],
    radius: int = 8,
    orientations: bool = False,
    crops: bool = False,
    gate: bool = False,
    out: str | None = None,
    choice: Choice = NOTHING,
    workers: int | None = None,
) -> None:
    """Print how many pictures of `path` stand in each benchmark, and write which to `out`.

    Raises `DatasetError` with `gate` where any does.
    """
    if not against:
        raise CounterfoilError("name a hash list or a folder of pictures with --against")
    if out is not None:
        refuse_within(out, [path, *against])
    pictures = open_set(path, choice)
    wanted = Wanted(orientations, crops)
    cache = None if out is None else location(out)
    with Watch("Fingerprinting") as watch:
        gathered = gather((pictures,), wanted, cache, workers, watch.start, watch.advance)
    benchmarks = [open_benchmark(one, Wanted(crops=crops), cache, workers) for one in against]
    lists = names_apart(benchmarks)
    own = hash_list("", gathered.table)
    found = overlap(own, lists, radius, crops)
    _print(found, own.unreadable)
    table = overlap_table(own, lists, found)
    if out is not None:
        there = gathered.table.filter(pc.is_valid(gathered.table["fingerprint"]))
        shown = Gathered(there, gathered.places)
        _write(out, path, table, list(_rows(pictures, shown, benchmarks, found)))
    if gate and table.num_rows:
        where = (
            f"; which, says {out}/contamination.parquet" if out else "; which, says --out FOLDER"
        )
        raise DatasetError(
            f"{found.pictures:,} of {found.size:,} pictures stand in a benchmark{where}. Leave "
            "them out of what is trained on"
        )


def _print(found: Overlap, unreadable: int) -> None:
    table = Table(box=None)
    table.add_column("benchmark")
    for name in ("its pictures", "found here", "of ours in it", "share of ours", "nearest"):
        table.add_column(name, justify="right")
    for one in found.benchmarks:
        table.add_row(
            escape(one.benchmark),
            f"{one.size:,}",
            f"{one.benchmark_pictures:,}",
            f"{one.pictures:,}",
            f"{one.pictures / max(found.size, 1):.2%}",
            f"{int(one.distance.min())} bits" if one.pictures else "",
        )
    console = Console()
    console.print(table)
    console.print(
        f"{found.pictures:,} of {found.size:,} pictures stand in a benchmark (within "
        f"{found.radius} bits).",
        highlight=False,
    )
    if unreadable:
        console.print(f"{unreadable:,} could not be read and were not compared.", highlight=False)


def _rows(
    pictures: PictureSet, own: Gathered, benchmarks: Sequence[Benchmark], found: Overlap
) -> Iterator[SheetRow]:
    """Pairs, ours and theirs, the nearest first, where both pictures are at hand."""
    for benchmark, one in zip(benchmarks, found.benchmarks, strict=True):
        if benchmark.pictures is None or benchmark.gathered is None:
            continue
        nearest = one.distance.argsort(kind="stable")[:_SHOWN]
        ours = _rows_at(own.table, one.own[nearest])
        theirs = _rows_at(benchmark.gathered.table, one.other[nearest])
        data = fetch((pictures,), own.places, ((row["place"], row["key"]) for row in ours))
        other = fetch(
            (benchmark.pictures,),
            benchmark.gathered.places,
            ((row["place"], row["key"]) for row in theirs),
        )
        for place, ((left, right), at) in enumerate(
            zip(zip(ours, theirs, strict=True), nearest.tolist(), strict=True), start=1
        ):
            relation = one.relation(at)
            likeness = one.shared[at] if relation == "crop" else one.distance[at]
            yield SheetRow(
                f"{one.benchmark} {place}",
                "",
                [
                    SheetCell(
                        other.get((right["place"], right["key"])),
                        right["key"],
                        "the benchmark's",
                        described(right),
                        kept=True,
                    ),
                    SheetCell(
                        data.get((left["place"], left["key"])),
                        left["key"],
                        told(relation, float(likeness)),
                        described(left),
                    ),
                ],
            )


def _rows_at(table: pa.Table, places: npt.NDArray[np.int64]) -> list[dict[str, Any]]:
    columns = ["key", "place", "width", "height", "format", "quality"]
    rows: list[dict[str, Any]] = table.select(columns).take(pa.array(places)).to_pylist()
    return rows


def _write(out: str, path: str, table: pa.Table, rows: Sequence[SheetRow]) -> None:
    folder = location(out)
    with writing(folder / "contamination.parquet") as file:
        pq.write_table(table, file, compression="zstd")
    write_bytes(folder / "contamination.csv", csv_bytes(table))
    legend = "framed: the benchmark's picture   ·   beside it: the set's"
    written = ["contamination.parquet", "contamination.csv"]
    for number, page in enumerate(cluster_sheets(f"Contamination of {path}", legend, rows), 1):
        written.append(f"contamination-{number:03d}.jpg")
        write_bytes(folder / written[-1], page)
    print(f"Wrote {in_short(written)} in {out}")
