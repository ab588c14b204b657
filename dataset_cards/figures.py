"""Draws the card's charts from a set's statistics and its manifest, as PNG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from dataset_cards.agreement_figure import draw_agreement, has_alphas
from dataset_cards.outcome_figures import draw_flow, draw_raters
from dataset_cards.statistics import Made, Statistics
from dataset_cards.wording import operation_title, percent
from schemas.manifest import Manifest
from schemas.vocabulary import Label
from storage.charts import (
    FAKE,
    INK,
    OTHER_SPLIT,
    QUIET,
    REAL,
    SPLIT_COLOURS,
    blank,
    png,
    rows_down,
    styled,
)

_COLOURS = {Label.REAL.value: REAL, Label.FAKE.value: FAKE}
_MOST_POINTS = 400
_MOST_CODECS = 8


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of the card: its file's name, what it shows, and how it is drawn."""

    name: str
    alt: str
    draw: Callable[[Statistics, Manifest], bytes]
    applies: Callable[[Statistics, Manifest], bool]


def draw_operations(statistics: Statistics, manifest: Manifest) -> bytes:
    """How many pictures of each operation there are, by split."""
    bars: dict[str, dict[str, int]] = {"real pictures": {}}
    forged = dict.fromkeys(statistics.total.splits, 0)
    for made in statistics.made:
        bar = bars.setdefault(operation_title(made.operation), {})
        for split, count in made.splits.items():
            bar[split] = bar.get(split, 0) + count
            forged[split] += count
    for split, count in statistics.total.splits.items():
        bars["real pictures"][split] = count - forged[split]
    with styled():
        figure = blank(1.0 + 0.36 * len(bars))
        axes = figure.add_subplot()
        left = np.zeros(len(bars))
        for split in statistics.total.splits:
            counts = np.array([bar.get(split, 0) for bar in bars.values()])
            colour = SPLIT_COLOURS.get(split, OTHER_SPLIT)
            axes.barh(range(len(bars)), counts, 0.66, left=left, color=colour, label=split)
            left += counts
        for row, total in enumerate(left):
            axes.annotate(
                f"{total:,.0f}", (total, row), (5, 0), textcoords="offset points", va="center"
            )
        rows_down(axes, list(bars))
        axes.margins(x=0.08)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.set_xlabel("pictures")
        figure.legend(loc="outside upper left", ncols=len(statistics.total.splits))
        return png(figure)


def draw_areas(statistics: Statistics, manifest: Manifest) -> bytes:
    """How much of the picture each operation changed: every forgery, quartiles and median."""
    areas = _areas(statistics.made)
    with styled():
        figure = blank(1.0 + 0.42 * len(areas))
        axes = figure.add_subplot()
        axes.set_xscale("log")
        for row, values in enumerate(areas.values()):
            shares = np.maximum(np.array(values), 1e-5)
            step = max(1, len(shares) // _MOST_POINTS)
            points = shares[::step]
            # Additive recurrence with the golden ratio: spread evenly, the same every time.
            heights = row + 0.5 * ((np.arange(len(points)) * 0.618034) % 1.0 - 0.5)
            axes.scatter(points, heights, s=9, color=FAKE, alpha=0.28, linewidths=0)
            low, middle, high = np.quantile(shares, (0.25, 0.5, 0.75))
            axes.plot((low, high), (row, row), color=INK, linewidth=2.2, solid_capstyle="round")
            axes.plot(middle, row, "o", markersize=6.5, color="white", markeredgecolor=INK, mew=1.8)
            axes.annotate(
                percent(middle),
                (1.02, row),
                xycoords=axes.get_yaxis_transform(),
                va="center",
            )
        rows_down(axes, list(areas))
        lowest = min(min(values) for values in areas.values())
        axes.set_xlim(0.7 * max(lowest, 1e-5), 1.1)
        _log_percent(axes)
        axes.set_xlabel("share of the picture that differs from its source; right: median")
        return png(figure)


def draw_encoding(statistics: Statistics, manifest: Manifest) -> bytes:
    """Sizes and codecs of real and of fake pictures; where they agree, they tell nothing."""
    codecs = sorted(
        {name for found in statistics.codecs.values() for name in found},
        key=lambda name: (-sum(f.get(name, 0) for f in statistics.codecs.values()), name),
    )[:_MOST_CODECS]
    with styled():
        figure = blank(max(2.7, 1.3 + 0.36 * len(codecs)))
        sizes, shares = figure.subplots(1, 2, width_ratios=(1.25, 1))
        for place, (label, colour) in enumerate(_COLOURS.items()):
            sides = statistics.long_sides[label]
            total = len(sides)
            if total:
                x = np.concatenate(((sides[0],), sides))
                sizes.step(
                    x,
                    np.arange(total + 1) / total,
                    where="post",
                    color=colour,
                    linewidth=2.0,
                    linestyle=("-", (0, (4, 1.5)))[place],
                    label=f"{label} ({total:,})",
                )
            widths = [statistics.codecs[label].get(name, 0) / max(total, 1) for name in codecs]
            rows = np.arange(len(codecs)) + (place - 0.5) * 0.36
            shares.barh(rows, widths, 0.32, color=colour)
        sizes.set_title("long side")
        sizes.set_xlabel("pixels")
        sizes.set_ylabel("share of pictures up to this size")
        sizes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:.0%}"))
        sizes.tick_params(axis="y", labelcolor=QUIET, labelsize=9.0)
        sizes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        sizes.grid()
        rows_down(shares, codecs)
        shares.set_ylim(max(len(codecs), 3) - 0.45, -0.55)
        shares.set_title("codec")
        shares.set_xlim(0, 1.02)
        shares.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.0%}"))
        shares.set_xlabel("share of pictures")
        figure.legend(loc="outside upper left", ncols=2, handlelength=2.0)
        return png(figure)


CHARTS: tuple[Chart, ...] = (
    Chart(
        "operations",
        "Pictures by operation and split",
        draw_operations,
        lambda statistics, manifest: True,
    ),
    Chart(
        "changed_area",
        "Share of the picture that changed, by operation",
        draw_areas,
        lambda statistics, manifest: bool(_areas(statistics.made)),
    ),
    Chart(
        "encoding",
        "Sizes and codecs of real and of fake pictures",
        draw_encoding,
        lambda statistics, manifest: True,
    ),
    Chart(
        "raters",
        "Verdicts by rater, attribute and label",
        draw_raters,
        lambda statistics, manifest: bool(statistics.raters),
    ),
    Chart(
        "agreement",
        "Krippendorff's alpha with 95% intervals, by who is compared and about what",
        draw_agreement,
        has_alphas,
    ),
    Chart(
        "flow",
        "How the planned work of every stage ended",
        draw_flow,
        lambda statistics, manifest: bool(manifest.stages),
    ),
)


def _areas(made: tuple[Made, ...]) -> dict[str, list[float]]:
    areas: dict[str, list[float]] = {}
    for one in made:
        if one.areas:
            areas.setdefault(operation_title(one.operation), []).extend(one.areas)
    return {operation: sorted(values) for operation, values in areas.items()}


def _log_percent(axes: Axes) -> None:
    axes.xaxis.set_major_locator(FixedLocator([1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:g}%"))
    axes.xaxis.set_minor_locator(NullLocator())
