"""Measures the search for duplicates against imagededup: its pHash, its two searches, its pairs.

Run by `python -m benchmarks.imagededup [FILES]`; 2,000 files of 384 to 512 px are made and thrown
away. imagededup runs in an environment of its own (`benchmarks.imagededup_environment`), which the
first run makes; it wants the network, once.

- Hashing: both read the same JPEG files, alternating, each in one process on one core.
- Pairs: each among its own hashes at the same radius, against what was planted in the files; the
  two compute the pHash in different ways (it keeps the mean frequency and shrinks to 32 by 32 in
  colour), so their hashes cannot be compared, only what is found with them.
- Search: both get the same 10,000 hashes (ours, of the files, made up with random ones); every pair
  and its distance must be the same. Its default search, brute force in Cython, runs whole. Its
  BK-tree is built whole and asked for some of the 10,000, which are as many as the figure is
  scaled up by: its queries do not depend on one another.
- All of 120,000: both hashing rates scaled up; its default search over all 120,000 hashes, asked
  for some of them and scaled up; ours whole, with the decision who stays. Its seconds are divided
  by the cores as if nothing were lost between them; our search runs on all of them as it does.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.figures import Figure, report
from benchmarks.imagededup_environment import environment
from benchmarks.planted_files import write_pictures
from curation.duplicates.keeping import keep_one
from curation.duplicates.pairs import near_pairs
from curation.fingerprints.files import fingerprint_file
from curation.fingerprints.phash import to_hex

FILES = 2_000
SEARCHED = 10_000
ALL = 120_000
RADIUS = 8
TURNS = 3
ASKED_OF_THE_TREE = 40
ASKED_OF_ALL = 40

Prints = npt.NDArray[np.uint64]
Found = set[tuple[str, str, int]]


def measure(files: int = FILES) -> tuple[Figure, ...]:
    """Make the files, let both at them, and compare."""
    with tempfile.TemporaryDirectory(prefix="counterfoil-") as folder:
        planted = write_pictures(Path(folder), files)
        theirs, ours, their_hashes, our_hashes = _hash(folder)
    recalls = []
    for name, hashes in (("imagededup", their_hashes), ("counterfoil", our_hashes)):
        found, more = _against_truth(_own_pairs(hashes), planted)
        print(f"{name}: {found:.2%} of {len(planted):,} planted pairs, {more} pairs more")
        recalls.append(found)
    print(f"hashing, one core: imagededup {1 / theirs:,.0f}/s, counterfoil {1 / ours:,.0f}/s")

    rng = np.random.default_rng(11)
    hashes = _filled(our_hashes, SEARCHED, rng)
    brute = _ask(task="find", hashes=hashes, radius=RADIUS, search="brute_force_cython", workers=1)
    tree = _tree(hashes, rng)
    seconds = _median(lambda: _own_pairs(hashes, threads=1))
    own = _own_pairs(hashes)
    same = own == {(one, two, bits) for one, two, bits in brute["pairs"]} and _agrees(own, tree)
    tree_seconds = tree["build"] + tree["seconds"] * SEARCHED / ASKED_OF_THE_TREE
    print(
        f"search of {SEARCHED:,}, one thread: imagededup {brute['seconds']:.1f} s by brute force, "
        f"{tree_seconds:.0f} s by BK-tree (scaled up from {ASKED_OF_THE_TREE} queries), "
        f"counterfoil {seconds * 1000:.1f} ms; {len(own):,} pairs, "
        f"{'the same' if same else 'DIFFERENT'}"
    )

    whole, decided = _all(our_hashes, rng)
    cores = os.cpu_count() or 1
    their_all = (theirs * ALL + whole) / cores
    our_all = ours * ALL / cores + decided
    print(
        f"{ALL:,} on {cores} cores: imagededup {theirs * ALL / cores:.0f} s to hash and "
        f"{whole / cores:.0f} s to search, counterfoil {ours * ALL / cores:.0f} s to hash and "
        f"{decided:.1f} s to search and to decide"
    )
    return (
        Figure(
            f"search of {SEARCHED:,} against imagededup's default (brute force)",
            "1,000x",
            f"{brute['seconds'] / seconds:,.0f}x",
            brute["seconds"] / seconds >= 1000,
        ),
        Figure(
            f"search of {SEARCHED:,} against imagededup's BK-tree",
            "1,000x",
            f"{tree_seconds / seconds:,.0f}x",
            tree_seconds / seconds >= 1000,
        ),
        Figure("the same pairs from the same hashes", "all", "all" if same else "not all", same),
        Figure(
            "planted pairs found, against imagededup",
            f"{recalls[0]:.1%}",
            f"{recalls[1]:.1%}",
            recalls[1] >= recalls[0],
        ),
        Figure(
            f"hash, join and group {ALL:,} against imagededup's path",
            "20x",
            f"{their_all / our_all:.1f}x",
            their_all / our_all >= 20,
        ),
    )


def _hash(folder: str) -> tuple[float, float, dict[str, str], dict[str, str]]:
    """Seconds a file, theirs and ours, and the hashes by file."""
    paths = sorted(Path(folder).iterdir())
    theirs, ours = [], []
    for _ in range(TURNS):
        answer = _ask(task="encode", folder=folder, workers=1)
        theirs.append(answer["seconds"] / len(paths))
        started = time.perf_counter()
        found = {path.name: to_hex(fingerprint_file(path.read_bytes())) for path in paths}
        ours.append((time.perf_counter() - started) / len(paths))
    return statistics.median(theirs), statistics.median(ours), answer["hashes"], found


def _own_pairs(hashes: dict[str, str], threads: int | None = None) -> Found:
    names = list(hashes)
    values = np.array([int(text, 16) for text in hashes.values()], np.uint64)
    found: Found = set()
    for block in near_pairs(values, RADIUS, threads=threads):
        for i, j, bits in zip(
            block.first.tolist(), block.second.tolist(), block.distance.tolist(), strict=True
        ):
            found.add((min(names[i], names[j]), max(names[i], names[j]), bits))
    return found


def _against_truth(found: Found, planted: dict[str, str]) -> tuple[float, int]:
    """The share of planted pairs that was found, and how many pairs more."""
    truth = {(min(pair), max(pair)) for pair in planted.items()}
    pairs = {(one, two) for one, two, _ in found}
    return len(truth & pairs) / len(truth), len(pairs - truth)


def _filled(hashes: dict[str, str], count: int, rng: np.random.Generator) -> dict[str, str]:
    """The hashes, with as many random ones as there lack to `count`; half their bits are set."""
    filled = dict(list(hashes.items())[:count])
    lack = count - len(filled)
    bits = np.argsort(rng.random((lack, 64)), axis=1) < 32
    numbers = np.packbits(bits, axis=1).view(">u8").astype(np.uint64)[:, 0]
    return filled | {f"random-{i:06d}": to_hex(int(one)) for i, one in enumerate(numbers)}


def _tree(hashes: dict[str, str], rng: np.random.Generator) -> dict[str, Any]:
    asked = rng.choice(list(hashes), ASKED_OF_THE_TREE, replace=False).tolist()
    answer = _ask(task="query", hashes=hashes, radius=RADIUS, search="bktree", queries=asked)
    return answer | {"asked": asked}


def _agrees(own: Found, tree: dict[str, Any]) -> bool:
    """Whether the tree's answers are our pairs of the hashes that it was asked about."""
    asked = set(tree["asked"])
    ours = {pair for pair in own if asked & {pair[0], pair[1]}}
    return ours == {(min(a, b), max(a, b), bits) for a, b, bits in tree["pairs"]}


def _all(hashes: dict[str, str], rng: np.random.Generator) -> tuple[float, float]:
    """Seconds on one core for its default search of 120,000 hashes; ours, with the decision."""
    filled = _filled(hashes, ALL, rng)
    asked = rng.choice(list(filled), ASKED_OF_ALL, replace=False).tolist()
    answer = _ask(
        task="query", hashes=filled, radius=RADIUS, search="brute_force_cython", queries=asked
    )
    values = np.array([int(text, 16) for text in filled.values()], np.uint64)
    ids = list(filled)
    seconds = _median(lambda: keep_one(ids, values, RADIUS, ids))
    return answer["build"] + answer["seconds"] * ALL / ASKED_OF_ALL, seconds


def _ask(**asked: Any) -> dict[str, Any]:
    """Let imagededup's side do something."""
    side = Path(__file__).with_name("imagededup_side.py")
    # Isolated: this module, which lies beside that one, has the package's name.
    command = [str(environment()), "-I", str(side)]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"imagededup's side failed:\n{done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _median(do: Callable[[], object]) -> float:
    do()  # Compiled code is loaded once.
    times = []
    for _ in range(5):
        started = time.perf_counter()
        do()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main(arguments: Sequence[str]) -> None:
    """Measure and print; the figures last."""
    print(report("imagededup", measure(*map(int, arguments))))


if __name__ == "__main__":
    main(sys.argv[1:])
