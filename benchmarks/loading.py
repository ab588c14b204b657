"""Images a second into training: two workers on published shards, beside the other ways.

Run by `make bench-loading` (PHOTOS=folder takes photographs of yours). Every way decodes and crops
with the same function, once with every pixel and once no larger than needed, in two processes; the
epochs of the ways take turns, and the ratio of each turn counts. webdataset is no dependency of
the project: it is measured where it can be imported.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, report
from benchmarks.loading_set import LoadingSet, made
from benchmarks.loading_ways import (
    CROP,
    Epoch,
    bare,
    bare_files,
    ours,
    streaming,
    streaming_tuned,
    webdataset,
)

ROWS = 3000
DECODES: dict[str, int | None] = {"every pixel": None, "as large as needed": CROP}
BARE = "bare decode from memory"
WAYS = {
    BARE: (bare, 0.9),
    "bare files": (bare_files, 1.0),
    "datasets streaming, shuffled": (streaming, 4.0),
    "the same, with this decode": (streaming_tuned, None),
    "webdataset, shuffled": (webdataset, 1.7),
}
"""What is measured beside ours, and how many times as many images a second are asked of ours,
None where nothing is asked."""
_TURNS = 5
_NO_WEBDATASET = (
    "webdataset is not installed and not measured; to measure it, run this with "
    "PYTHONPATH=/tmp/webdataset after pip install --target /tmp/webdataset --no-deps webdataset "
    "braceexpand"
)


def _rates(rows: int, ways: dict[str, Epoch]) -> dict[str, list[float]]:
    """Images a second of each way in each turn; the first turn, which starts workers, is left."""
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(_TURNS + 1):
        for name, epoch in ways.items():
            seconds = epoch()
            if turn:
                rates[name].append(rows / seconds)
    return rates


def _of_decode(decode: str, loading_set: LoadingSet) -> list[Figure]:
    at_least, rows = DECODES[decode], len(loading_set.files)
    ways = {"ours": ours(loading_set, at_least)}
    for name, (way, _) in WAYS.items():
        epoch = way(loading_set, at_least)
        if epoch is None:
            print(_NO_WEBDATASET)
        else:
            ways[name] = epoch
    rates = {name: np.array(found) for name, found in _rates(rows, ways).items()}
    print(f"\ndecoding {decode:22s} images/s  bare by this  ours by this  (in turns)")
    figures = []
    for name, found in rates.items():
        rate, bare_by = np.median(found), np.median(rates[BARE] / found)
        ratios = rates["ours"] / found
        ratio = float(np.median(ratios))
        turns = f"({ratios.min():.2f} to {ratios.max():.2f})"
        print(f"{name:31s}{rate:9.0f}{bare_by:14.2f}{ratio:14.2f}  {turns}")
        if name in WAYS:
            least = WAYS[name][1]
            what = f"loading, decoding {decode}, against {name}"
            said = f"{ratio:.2f} times its {rate:.0f} images/s"
            asked = "-" if least is None else f"at least {least:g} times"
            figures.append(Figure(what, asked, said, least is None or ratio >= least))
    return figures


def measure(rows: int = ROWS) -> tuple[Figure, ...]:
    """The figures, for the table of measurements; prints a table for each way to decode.

    No way can be fed faster than by a bare decode, so that a ratio above `bare by this` is none to
    be had with the same decode.
    """
    with tempfile.TemporaryDirectory(prefix="loading-") as folder:
        loading_set = made(Path(folder), rows)
        return tuple(one for decode in DECODES for one in _of_decode(decode, loading_set))


def main() -> None:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    print(report("loading", measure(rows)))


if __name__ == "__main__":
    main()
