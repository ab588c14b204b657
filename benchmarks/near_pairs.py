"""Measures the search for near-duplicates: all pairs of hashes within a radius, exactly.

Run by `python -m benchmarks.near_pairs`; needs faiss-cpu and numba (`counterfoil[curate]`). 120,000
hashes, random but for 2,400 pairs planted at 1 to 8 bits (of 256-bit ones, at 1 to 31), against
`faiss.IndexBinaryFlat.range_search`, both on one thread, in turns, medians of three; faiss' result
is what counts as all. Growth and memory at 1,000,000: the latter is the peak of a process of its
own, with the hashes, less what it held when everything was imported and compiled. Then sets made to
be hard: equal hashes, those of nearly constant pictures, and a tight ball, in which all lie within
8 bits of one another: clusters and who stays, at 50,000 and at 100,000. `--ten-million` streams
10,000,000 out of Parquet and their pairs into it, as well.

Why not faiss' own hash indices: `IndexBinaryMultiHash` is exact where its tables and flips cover
the radius, but looks up one hash after the other in maps: with 3 tables of 21 bits and 2 flips it
takes as long as comparing all with all, with others longer. `IndexBinaryHash` finds no pair that
differs in more of its first bits than it flips. `--faiss` measures them too.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.figures import Figure, report
from benchmarks.near_pair_sets import Hashes, equal, nearly_constant, planted, store, tight_ball
from curation.duplicates.engines import EngineName
from curation.duplicates.keeping import keep_one
from curation.duplicates.pairs import near_pairs
from curation.fingerprints.columns import from_column

SIZE, LARGE, HUGE = 120_000, 1_000_000, 10_000_000
TURNS = 3


def found_by_us(values: Hashes, radius: int, engine: EngineName, threads: int = 1) -> set[int]:
    """All pairs, each as one number."""
    blocks = near_pairs(values, radius, engine=engine, threads=threads)
    return {key for block in blocks for key in (block.first * len(values) + block.second).tolist()}


def found_by(index: faiss.IndexBinary, values: Hashes, radius: int) -> set[int]:
    """All pairs that faiss finds, each as one number."""
    packed = values.view(np.uint8).reshape(len(values), -1)
    index.add(packed)
    limits, _, second = index.range_search(packed, radius + 1)  # It finds what is below.
    first = np.repeat(np.arange(len(values)), np.diff(limits).astype(np.int64))
    once = first < second
    return set((first[once] * len(values) + second[once]).tolist())


def against_faiss(
    words: int, radius: int, engines: tuple[EngineName, ...]
) -> tuple[list[float], float]:
    """How many times as fast as faiss each engine is, and the smallest recall of any."""
    values = planted(SIZE, words, radius)
    truth: set[int] = set()
    recall = 1.0
    times: dict[str, list[float]] = {name: [] for name in ("faiss", *engines)}
    for engine in engines:
        found_by_us(values[:2000], radius, engine)
    for _ in range(TURNS):
        began = time.perf_counter()
        truth = found_by(faiss.IndexBinaryFlat(64 * words), values, radius)
        times["faiss"].append(time.perf_counter() - began)
        for engine in engines:
            began = time.perf_counter()
            found = found_by_us(values, radius, engine)
            times[engine].append(time.perf_counter() - began)
            recall = min(recall, len(found & truth) / len(truth))
            if found - truth:
                raise AssertionError(f"{engine} found {len(found - truth)} pairs that are none")
    medians = {name: float(np.median(taken)) for name, taken in times.items()}
    said = ", ".join(f"{name} {taken:.3f} s" for name, taken in medians.items())
    print(f"{SIZE} hashes of {64 * words} bits, radius {radius}: {said}; {len(truth)} pairs")
    return [medians["faiss"] / medians[engine] for engine in engines], recall


def growth(threads: int | None) -> float:
    """How many times as long a million takes."""
    sets = [planted(count, 1, 8) for count in (SIZE, LARGE)]
    times: list[list[float]] = [[], []]
    for _ in range(2 * TURNS + 1):
        for values, taken in zip(sets, times, strict=True):
            began = time.perf_counter()
            sum(map(len, near_pairs(values, 8, engine="numba", threads=threads)))
            taken.append(time.perf_counter() - began)
    small, large = (float(np.median(taken)) for taken in times)
    print(f"{threads or 'all'} threads: {SIZE} in {small:.3f} s, {LARGE} in {large:.3f} s")
    return large / small


def hard_set(name: str, make: Callable[[int], Hashes]) -> float:
    """How many times as long twice as many take, to settle who stays."""
    medians = []
    for count in (50_000, 100_000):
        values = make(count)
        ids = [f"{i:06}" for i in range(count)]
        times = []
        for _ in range(TURNS):
            began = time.perf_counter()
            keep_one(ids, values, 8, ids)
            times.append(time.perf_counter() - began)
        medians.append(float(np.median(times)))
    print(f"{name}: 50,000 in {medians[0]:.3f} s, 100,000 in {medians[1]:.3f} s")
    return medians[1] / medians[0]


def in_own_process(what: str) -> list[float]:
    """The numbers that a process of its own prints."""
    command = [sys.executable, "-m", "benchmarks.near_pairs", "--child", what]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return [float(number) for number in done.stdout.split()]


def child(what: str) -> None:
    """Print seconds and the MB by which the process grew, of one join."""
    with tempfile.TemporaryDirectory() as folder:
        stored = Path(folder) / "hashes.parquet"
        if what == "huge":  # Made elsewhere, so that it does not count.
            command = [sys.executable, "-m", "benchmarks.near_pairs", "--store", str(stored)]
            subprocess.run(command, check=True)
        sum(map(len, near_pairs(planted(3000, 1, 8), 8, engine="numba")))
        Path("/proc/self/clear_refs").write_text("5")  # Sets the peak to what is held now.
        held = _megabytes("VmRSS")
        began = time.perf_counter()
        if what == "huge":
            write_pairs(read_hashes(stored), Path(folder) / "pairs.parquet")
        else:
            values = np.random.default_rng(1).integers(0, 2**64, LARGE, np.uint64)
            sum(map(len, near_pairs(values, 8)))
        seconds = time.perf_counter() - began
    print(seconds, _megabytes("VmHWM") - held)


def read_hashes(path: Path) -> Hashes:
    """The hashes of a Parquet file, which is read a piece at a time."""
    pieces = pq.ParquetFile(path).iter_batches(columns=["fingerprint"])
    return np.concatenate([from_column(piece["fingerprint"], str(path)) for piece in pieces])


def write_pairs(values: Hashes, path: Path) -> None:
    """Write all pairs within 8 bits to a Parquet file while they come."""
    names = ("first", "second", "distance")
    schema = pa.schema(zip(names, (pa.int64(), pa.int64(), pa.uint16()), strict=True))
    with pq.ParquetWriter(path, schema) as writer:
        for block in near_pairs(values, 8):
            columns = [block.first, block.second, block.distance]
            writer.write_table(pa.table(columns, schema=schema))


def _megabytes(what: str) -> float:
    """A line of what Linux says of this process: VmRSS, what it holds, or VmHWM, the most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1000


def hash_indices() -> None:
    """Print what faiss' own hash indices take, and how much they find."""
    values = planted(SIZE, 1, 8)
    truth = found_by_us(values, 8, "numba")
    for tables, bits, flips in ((3, 21, 2), (4, 16, 2), (1, 16, 4)):
        index = (
            faiss.IndexBinaryMultiHash(64, tables, bits)
            if tables > 1
            else faiss.IndexBinaryHash(64, bits)
        )
        index.nflip = flips
        began = time.perf_counter()
        found = found_by(index, values, 8)
        taken = time.perf_counter() - began
        print(
            f"{type(index).__name__}, {tables} x {bits} bits, {flips} flips: {taken:.1f} s, "
            f"recall {len(found & truth) / len(truth):.4f}"
        )


def measure(*, huge: bool = False) -> tuple[Figure, ...]:
    """The figures; `huge` takes ten million hashes along."""
    faiss.omp_set_num_threads(1)
    (compiled, vectorised), recall = against_faiss(1, 8, ("numba", "numpy"))
    (wide,), wide_recall = against_faiss(4, 31, ("numba",))
    alone, together = growth(1), growth(None)
    seconds, megabytes = in_own_process("large")
    sets = {"equal": equal, "nearly constant": nearly_constant, "tight ball": tight_ball}
    hard = {name: hard_set(name, make) for name, make in sets.items()}
    said = ", ".join(f"{name} {ratio:.1f}" for name, ratio in hard.items())
    figures = [
        Figure(
            "all pairs within 8 bits of 120,000 64-bit hashes, numba, against faiss flat, 1 thread",
            "≥ 25 times as fast",
            f"{compiled:.0f} times",
            compiled >= 25,
        ),
        Figure(
            "the same without numba",
            "≥ 8 times as fast",
            f"{vectorised:.1f} times",
            vectorised >= 8,
        ),
        Figure("recall of both against faiss", "1.000", f"{recall:.6f}", recall == 1),
        Figure(
            "1,000,000 hashes against 120,000, 1 thread; all cores",
            "≤ 25 times as long",
            f"{alone:.1f}; {together:.1f} times",
            max(alone, together) <= 25,
        ),
        Figure(
            "peak memory of the join of 1,000,000",
            "≤ 300 MB",
            f"{megabytes:.0f} MB, {seconds:.2f} s",
            megabytes <= 300,
        ),
        Figure(
            "256-bit hashes within 31 bits, 120,000, against faiss flat, 1 thread",
            "≥ 100 times as fast, recall 1",
            f"{wide:.0f} times, recall {wide_recall:.6f}",
            wide >= 100 and wide_recall == 1,
        ),
        Figure(
            "clusters of 100,000 hard ones against 50,000",
            "no quadratic growth: < 4 times as long",
            said,
            max(hard.values()) < 4,
        ),
    ]
    if huge:
        seconds, megabytes = in_own_process("huge")
        figures.append(
            Figure(
                "10,000,000 hashes streamed from Parquet, their pairs to Parquet",
                "bounded memory",
                f"{seconds:.0f} s, {megabytes:.0f} MB",
                megabytes < 2000,
            )
        )
    return tuple(figures)


def main() -> None:
    """Measure and print; the last line holds the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ten-million", action="store_true", help="stream ten million as well")
    parser.add_argument("--faiss", action="store_true", help="measure faiss' hash indices as well")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--store", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.store:
        store(asked.store, HUGE)
    elif asked.child:
        child(asked.child)
    else:
        if asked.faiss:
            hash_indices()
        print(report("near pairs", measure(huge=asked.ten_million)))


if __name__ == "__main__":
    main()
