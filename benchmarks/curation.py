"""Every figure of curation by one command, each against what people would otherwise use.

Run by `make bench-curation`: each benchmark in a process of its own, so that none warms another's
caches. The table goes to README.md, between its two marks; `--only NAME …` measures some alone and
prints them. PHOTOS=folder takes photographs along where a benchmark can use them.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict

from benchmarks.figures import Figure
from benchmarks.readme import write

NAMES = (
    "fingerprints",
    "planted_duplicates",
    "near_pairs",
    "crops",
    "lineage",
    "imagededup",
    "shortcuts",
    "metadata",
)


def measured(name: str) -> tuple[Figure, ...]:
    """The figures of one benchmark, from a process of its own."""
    print(f"measuring {name} …", file=sys.stderr)
    command = [sys.executable, "-m", "benchmarks.curation", "--figures", name]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return tuple(Figure(**plain) for plain in json.loads(done.stdout.splitlines()[-1]))


def table(figures: tuple[Figure, ...]) -> str:
    """The figures as a Markdown table, with the machine below it."""
    lines = ["| what | aim | measured |", "|---|---|---|"]
    for one in figures:
        cells = (one.what, one.asked, one.measured if one.met else f"{one.measured} (missed)")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores beside other work."
    return "\n".join([*lines, "", machine])


def main() -> None:
    """Measure all, write the table; or measure some and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=NAMES, help="measure these and print them")
    parser.add_argument("--figures", choices=NAMES, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.figures:
        figures = importlib.import_module(f"benchmarks.{asked.figures}").measure()
        print(json.dumps([asdict(figure) for figure in figures]))
        return
    found = tuple(figure for name in asked.only or NAMES for figure in measured(name))
    print(table(found))
    if not asked.only:
        write("curation", table(found))
    missed = [figure.what for figure in found if not figure.met]
    if missed:
        raise SystemExit(f"missed: {'; '.join(missed)}")


if __name__ == "__main__":
    main()
