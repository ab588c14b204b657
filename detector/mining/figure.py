"""Draws the failure rates by cell, with their intervals, and marks those that are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from detector.mining.asking import Mined
from detector.mining.cells import Cell, Failures, Place, place_of
from schemas.mask_sizes import WHOLE
from storage.charts import FAKE, INK, QUIET, blank, png, rows_down, styled

MOST_ROWS = 30
"""Cells in the chart; more would make it taller than anybody scrolls."""


def draw_failures(failures: Failures, mined: Mined) -> bytes:
    """The chart as PNG: a line a cell, those that are asked for first, then by their rate."""
    cells = ranked(failures.cells, mined.asked)[:MOST_ROWS]
    with styled():
        figure = blank(1.3 + 0.3 * len(cells))
        axes = figure.subplots()
        axes.axvline(mined.attained, color=QUIET, linewidth=1.0, linestyle=(0, (4, 3)))
        for row, cell in enumerate(cells):
            colour = FAKE if mined.asked.get(place_of(cell)) else QUIET
            low, high = cell.rate.interval
            axes.plot([low, high], [row, row], color=colour, linewidth=2.2, alpha=0.55)
            axes.plot(cell.rate.mean, row, "o", color=colour, markersize=6)
            axes.plot(cell.rate.tally.share, row, "|", color=INK, markersize=9)
        one = len({cell.codec for cell in failures.cells}) == 1
        rows_down(axes, [_label(cell, one) for cell in cells])
        axes.set_xlim(-0.02, 1.02)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, 0))
        axes.set_xlabel("failure rate of fakes: shrunk, with its 95% interval")
        figure.legend(
            handles=[
                Line2D([], [], color=FAKE, marker="o", label="more is asked for"),
                Line2D([], [], color=QUIET, marker="o", label="not asked for"),
                Line2D([], [], color=INK, marker="|", linestyle="", label="as counted"),
                Line2D([], [], color=QUIET, linestyle=(0, (4, 3)), label="what it attains"),
            ],
            loc="outside lower center",
            ncols=4,
            handlelength=2.0,
        )
        return png(figure)


def ranked(cells: Sequence[Cell], asked: Mapping[Place, int]) -> list[Cell]:
    """Cells by how much is asked for them, then by their rate, then by name."""
    return sorted(
        cells,
        key=lambda cell: (
            -asked.get(place_of(cell), 0),
            -cell.rate.mean,
            place_of(cell),
        ),
    )


def _label(cell: Cell, one: bool) -> str:
    """A cell in a few words; with `one`, all are of one codec, which need not be said."""
    named = [cell.kind.operation.replace("_", " ")]
    if cell.kind.generator not in (cell.kind.operation, "document"):
        named.append(cell.kind.generator)
    if cell.size != WHOLE:
        named.append(cell.size)
    if not one:
        named.append(cell.codec)
    return f"{', '.join(named)}  n={len(cell.cases):,}"
