"""Shows in a terminal what a detector fails on, what to make more of, and why."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from detector.mining.asking import Mined
from detector.mining.cases import Kind
from detector.mining.cells import Cell, Failures, place_of
from detector.mining.figure import ranked
from schemas.job_list import JobList, WantedJobs
from schemas.mask_sizes import WHOLE

MOST_ROWS = 25
"""Cells in the table: a screen of them."""
_WIDEST = 100
"""Columns that a reason may take: longer lines are hard to read."""


def cells_table(named: str, failures: Failures, mined: Mined) -> Table:
    """A line a cell, those that more is asked for first. `named`: the evaluation.

    What all cells share is said below, not in a column.
    """
    tally = failures.rate.tally
    cells = ranked(failures.cells, mined.asked)
    shown = cells[:MOST_ROWS]
    told = ("domain", [cell.kind.domain for cell in cells]), *_short(cells)
    columns = [(name, values) for name, values in told if len(set(values)) > 1]
    table = Table(
        title=f"{named} fails on {tally.failures:,} of {tally.cases:,} fakes ({tally.share:.0%})",
        title_justify="left",
        caption_justify="left",
        box=None,
        pad_edge=False,
        # A terminal of 80 columns holds them all, if they stand closer.
        padding=(0, 2 if len(columns) < 3 else 1, 0, 0),
    )
    table.add_column("operation", overflow="fold")
    for name, _ in columns:
        table.add_column(name, no_wrap=True)
    for name in ("failed", "of", "rate", "95%", "asked"):
        table.add_column(name, justify="right", no_wrap=True)
    several = _made_in_several_ways([cell.kind for cell in cells])
    for row, cell in enumerate(shown):
        low, high = cell.rate.interval
        asked = mined.asked.get(place_of(cell), 0)
        by = f" by {cell.kind.generator}" if cell.kind.operation in several else ""
        table.add_row(
            f"{cell.kind.operation}{by}",
            *(values[row] for _, values in columns),
            f"{cell.missed + cell.astray:,}",
            f"{len(cell.cases):,}",
            f"{cell.rate.mean:.0%}",
            f"{100 * low:.0f}–{100 * high:.0f}",
            f"{asked:,}" if asked else "·",
            style="" if asked else "dim",
        )
    alike = [values[0] for name, values in told if (name, values) not in columns]
    table.caption = "\n".join(_notes(alike, len(cells) - len(shown)))
    return table


def jobs_listing(jobs: JobList) -> Group:
    """What to make more of: a line a job, and its reason underneath, a line a clause."""
    listing = Table.grid(padding=(0, 2, 0, 0))
    listing.add_column(justify="right", no_wrap=True)
    listing.add_column(max_width=_WIDEST)
    for job in jobs.jobs:
        listing.add_row(f"{job.count:,}", Text(_heading(job), style="bold"))
        for clause in job.why.split("; "):
            listing.add_row("", Text(clause))
    return Group(Text("\nWhat to make more of", style="italic"), listing)


def _heading(job: WantedJobs) -> str:
    """What a job makes: "splice by toy in natural, 2 to 8% of the picture"."""
    what = job.operation or job.generator  # a generator's only operation may be left out
    by = "" if job.generator == what else f" by {job.generator}"
    domain = "" if job.domain is None else f" in {job.domain.value}"
    size = ""
    match job.mask_area or job.options.get("area"):
        case [float(least), float(greatest)]:
            size = f", {100 * least:g} to {100 * greatest:g}% of the picture"
    return f"{what}{by}{domain}{size}"


def remarks_listing(remarks: Sequence[str]) -> Table:
    """What else there is to know: a point a remark."""
    listing = Table.grid(padding=(0, 1, 0, 0))
    listing.add_column()
    listing.add_column(max_width=_WIDEST)
    for remark in remarks:
        listing.add_row("–", Text(f"{remark[0].upper()}{remark[1:]}."))
    return listing


def _short(cells: Sequence[Cell]) -> tuple[tuple[str, list[str]], ...]:
    """The columns of sizes and codecs, in few signs: "2–8%", "<0.5%", "JPEG 90+"."""
    signs = ((" to ", "–"), ("below ", "<"), ("above ", ">"), (" and up", "+"), (WHOLE, "whole"))
    columns = ("size", [cell.size for cell in cells]), ("codec", [cell.codec for cell in cells])
    for _, values in columns:
        for words, sign in signs:
            values[:] = [value.replace(words, sign) for value in values]
    return columns


def _made_in_several_ways(kinds: Sequence[Kind]) -> set[str]:
    """The operations that more than one generator makes."""
    pairs = {(kind.operation, kind.generator) for kind in kinds}
    operations = [operation for operation, _ in pairs]
    return {operation for operation in operations if operations.count(operation) > 1}


def _notes(alike: Sequence[str], more: int) -> list[str]:
    notes = ["rate and 95%: drawn towards those of forgeries that are alike"]
    if alike:
        notes.insert(0, f"all: {', '.join(alike)}")
    if more:
        notes.append(f"{more:,} more {'cell is' if more == 1 else 'cells are'} in mined.md")
    return notes
