"""One look for every figure, whatever the reader's own matplotlib settings are."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

# After Okabe and Ito, "Color Universal Design" (2008): told apart by colour-blind readers too.
REAL = "#0072B2"
FAKE = "#D55E00"
PALE = "#B9D9EB"
UNSURE = "#DDE1E6"
AMBER = "#E69F00"
INK = "#1F2933"
QUIET = "#66727F"
RULE = "#E3E7EC"
SPLIT_COLOURS = {"train": "#1B4965", "validation": "#62B6CB", "test": "#E9A23B"}
OTHER_SPLIT = "#9AA5B1"

WIDTH = 8.0
"""Inches. With 10-point letters this reads well on a page that shows it 800 px wide."""
DPI = 150

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10.0,
    "text.color": INK,
    "axes.edgecolor": "#B8C0CA",
    "axes.labelcolor": QUIET,
    "axes.labelsize": 9.5,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10.0,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.linewidth": 0.8,
    "xtick.color": QUIET,
    "ytick.color": INK,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 10.0,
    "xtick.major.size": 0.0,
    "ytick.major.size": 0.0,
    "xtick.minor.size": 0.0,
    "grid.color": RULE,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "legend.handlelength": 1.0,
    "legend.handleheight": 0.9,
    "legend.columnspacing": 1.4,
}


@contextmanager
def styled() -> Iterator[None]:
    """Inside, matplotlib draws in this style, from its defaults; afterwards as before."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


def blank(height: float) -> Figure:
    """An empty figure, `WIDTH` by `height` inches, that lays itself out. Only inside `styled`."""
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white")
    figure.set_layout_engine(ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1))
    FigureCanvasAgg(figure)
    return figure


def png(figure: Figure) -> bytes:
    """The figure as PNG; equal figures give equal bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def rows_down(axes: Axes, labels: list[str]) -> None:
    """Name the rows 0, 1, … of a chart from the top down, with a rule for each value of x."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.45, -0.55)
    axes.grid(axis="x")
