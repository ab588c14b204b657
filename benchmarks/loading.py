"""Images a second into training: two workers on published shards, beside the other ways.

Run by `make bench-loading` (PHOTOS=folder takes photographs of yours), on a machine that does
nothing else; it takes about 25 minutes and writes its table into README.md. Every way decodes and
crops with the same function, every pixel or no larger than needed, or hands on no more than how
many bytes there are, in two processes; the epochs of the ways take turns, and the ratio of each
turn counts. Every turn starts processes anew, each with its memory lying otherwise. webdataset is
no dependency of the project: it is measured where it can be imported.
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import readme
from benchmarks.figures import Figure, report
from benchmarks.loading_set import LoadingSet, made
from benchmarks.loading_ways import (
    CROP,
    NO_DECODE,
    Epoch,
    bare,
    bare_files,
    bare_keeping,
    has_webdataset,
    ours,
    scattered,
    streaming,
    streaming_tuned,
    webdataset,
)

Rates = NDArray[np.float64]

SETS = {256: 8_000, 512: 6_000, 1024: 2_000}
"""How many pictures, by their sides in px: in epochs of seconds the beginning counts little."""
DECODES: dict[str, int | None] = {
    "every pixel": None,
    "as large as needed": CROP,
    "bytes alone": NO_DECODE,
}
CASES = (
    (256, "every pixel"),
    (512, "every pixel"),
    (512, "as large as needed"),
    (1024, "as large as needed"),
    (512, "bytes alone"),
)
BARE, KEEPING = "bare decode from memory", "the same, keeping freed memory"
WAYS = {
    BARE: (bare, 0.9),
    KEEPING: (bare_keeping, None),
    "bare files": (bare_files, 1.0),
    "datasets streaming, shuffled": (streaming, 4.0),
    "the same, with this decode": (streaming_tuned, None),
    "webdataset, shuffled": (webdataset, 1.7),
}
"""What is measured beside ours, and how many times as many images a second are asked of ours,
None where nothing is asked."""
_TURNS = 7
_OURS = "this loader"
_NO_WEBDATASET = (
    "webdataset is not installed and not measured; to measure it, run this with "
    "PYTHONPATH=/tmp/webdataset after pip install --target /tmp/webdataset --no-deps webdataset "
    "braceexpand"
)


def _rates(rows: int, ways: Mapping[str, Callable[[], Epoch]]) -> dict[str, list[float]]:
    """Images a second of each way in each turn; its first epoch, which starts workers, is left."""
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(_TURNS):
        for name, way in ways.items():
            gaps, epoch = scattered(), way()
            epoch()
            rates[name].append(rows / epoch())
            del gaps, epoch
            gc.collect()
    return rates


@dataclass(frozen=True)
class Case:
    """Pictures of one size in one way to decode: images a second of each way to load, by turns."""

    side: int
    decode: str
    rates: dict[str, Rates]

    def ratios(self, way: str) -> Rates:
        """How many times as many images this loader brings, by turns."""
        ratios: Rates = self.rates[_OURS] / self.rates[way]
        return ratios

    def figures(self) -> list[Figure]:
        """What was asked beside what was measured."""
        found = []
        for way, (_, least) in WAYS.items():
            if least is None or way not in self.rates:
                continue
            if way == BARE and DECODES[self.decode] == NO_DECODE:
                continue
            ratio, rate = np.median(self.ratios(way)), np.median(self.rates[way])
            what = f"loading {self.side} px, {self.decode}, against {way}"
            measured = f"{ratio:.2f} times its {rate:,.0f} images/s"
            found.append(Figure(what, f"at least {least:g} times", measured, bool(ratio >= least)))
        return found


def _measured(side: int, decode: str, loading_set: LoadingSet) -> Case:
    at_least = DECODES[decode]
    ways = {_OURS: partial(ours, loading_set, at_least)}
    for name, (way, _) in WAYS.items():
        if way is not webdataset or has_webdataset():
            ways[name] = partial(way, loading_set, at_least)
    rates = _rates(len(loading_set.files), ways)
    case = Case(side, decode, {name: np.array(found) for name, found in rates.items()})
    _show(case)
    return case


def _show(case: Case) -> None:
    print(f"\n{case.side} px, {case.decode:22s} images/s  bare by this  ours by this  (in turns)")
    for name, found in case.rates.items():
        bare_by, ratios = np.median(case.rates[KEEPING] / found), case.ratios(name)
        turns = f"({ratios.min():.2f} to {ratios.max():.2f})"
        rate, ratio = np.median(found), np.median(ratios)
        print(f"{name:31s}{rate:9.0f}{bare_by:14.2f}{ratio:14.2f}  {turns}", flush=True)


def _cases() -> list[Case]:
    cases = []
    for side, rows in SETS.items():
        with tempfile.TemporaryDirectory(prefix="loading-") as folder:
            loading_set = made(Path(folder), rows, side)
            cases += [
                _measured(side, decode, loading_set) for size, decode in CASES if size == side
            ]
    if any(len(case.rates) <= len(WAYS) for case in cases):
        print(_NO_WEBDATASET)
    return cases


def table(cases: list[Case]) -> str:
    """The cases as a table of README.md: ours in images a second, then how many times the others'.

    Beside each stands in brackets what a bare decode that keeps its memory reaches: nothing that
    decodes can pass it.
    """
    heads = [f"{case.side:,} px, {case.decode}" for case in cases]
    rows = [["images/s, two workers", *heads], ["---", *["---:"] * len(cases)]]
    rows.append([_OURS, *(f"{np.median(case.rates[_OURS]):,.0f}" for case in cases)])
    for way in WAYS:
        if all(way in case.rates for case in cases):
            rows.append([f"against {way}", *(_beside(case, way) for case in cases)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _beside(case: Case, way: str) -> str:
    ratio = f"{np.median(case.ratios(way)):.2f}"
    if DECODES[case.decode] == NO_DECODE:
        return "–" if way in (BARE, KEEPING) else ratio
    if way in (BARE, KEEPING):
        return ratio
    return f"{ratio} ({np.median(case.rates[KEEPING] / case.rates[way]):.2f})"


def main() -> None:
    """Measure, print, and write the table down."""
    cases = _cases()
    readme.write("loading", table(cases))
    print(report("loading", tuple(figure for case in cases for figure in case.figures())))


if __name__ == "__main__":
    main()
