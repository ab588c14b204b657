"""Draws what became of the work and of the pictures: outcomes by stage, verdicts by rater."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullLocator

from dataset_cards.statistics import Rater, Statistics
from dataset_cards.wording import percent
from schemas.attributes import ATTRIBUTES, WHOLE
from schemas.features import LABELS
from schemas.manifest import Manifest, StageCounts
from schemas.vocabulary import Label, Verdict
from storage.charts import (
    AMBER,
    FAKE,
    INK,
    PALE,
    QUIET,
    REAL,
    UNSURE,
    blank,
    png,
    rows_down,
    styled,
)

MOST_RATERS = 8
"""Raters in a chart; more would make it taller than anybody scrolls."""
_LONGEST_NAME = 21


def draw_raters(statistics: Statistics, manifest: Manifest) -> bytes:
    """What raters said of each attribute, for real and for fake pictures.

    Those who judge the picture as a whole have a line for it. Of many raters those with most
    judgements are drawn.
    """
    colours = {Verdict.PRESENT: FAKE, Verdict.UNSURE: UNSURE, Verdict.ABSENT: PALE}
    found = {(one.rater, one.attribute, one.label): one.verdicts for one in statistics.rated}
    raters = drawn_raters(statistics)
    lines = [_lines(statistics, rater) for rater in raters]
    heights = [0.7 + 0.32 * len(named) for named in lines]
    with styled():
        figure = blank(0.9 + sum(heights))
        panels = figure.subplots(
            len(raters), 2, sharex=True, sharey="row", squeeze=False, height_ratios=heights
        )
        for row, (rater, named) in enumerate(zip(raters, lines, strict=True)):
            for panel, label in zip(panels[row], LABELS, strict=True):
                verdicts = [found.get((rater.name, attribute, label), {}) for attribute in named]
                totals = np.array([sum(counts.values()) for counts in verdicts])
                left = np.zeros(len(named))
                for verdict, colour in colours.items():
                    counts = np.array([one.get(verdict.value, 0) for one in verdicts])
                    shares = counts / np.maximum(totals, 1)
                    bars = panel.barh(range(len(named)), shares, 0.66, left=left, color=colour)
                    if not row and label == Label.REAL:
                        bars.set_label(verdict.value)
                    left += shares
                    if verdict is Verdict.PRESENT:
                        _write_shares(panel, shares.tolist(), totals.tolist())
                shown = f"{_shortened(rater.name)}: real" if label == Label.REAL else label
                panel.set_title(shown, parse_math=False)
                rows_down(panel, list(named.values()))
                panel.grid(False)
                panel.set_xlim(0, 1)
                panel.set_xticks((0, 0.5, 1))
                panel.spines.bottom.set_visible(False)
                panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.0%}"))
        figure.legend(loc="outside upper left", ncols=3)
        return png(figure)


def drawn_raters(statistics: Statistics) -> tuple[Rater, ...]:
    """The raters of the chart, in the order of their names."""
    most = sorted(statistics.raters, key=lambda one: (-one.judgements, one.name))[:MOST_RATERS]
    return tuple(sorted(most, key=lambda one: one.name))


def _shortened(name: str) -> str:
    """A name that fits over a panel. Names that begin alike often differ at the end."""
    return name if len(name) <= _LONGEST_NAME else f"{name[:10]}…{name[-10:]}"


def _lines(statistics: Statistics, rater: Rater) -> dict[str, str]:
    """The lines of a rater's panel: what each is called, by attribute."""
    lines = {attribute.id: attribute.forged for attribute in ATTRIBUTES}
    if any(one.rater == rater.name and one.attribute == WHOLE for one in statistics.rated):
        lines[WHOLE] = "The picture as a whole"
    return lines


def draw_flow(statistics: Statistics, manifest: Manifest) -> bytes:
    """How the planned work of every stage ended, and why some of it was left out."""
    colours = {"ok": REAL, "rejected": AMBER, "failed": FAKE}
    stages = manifest.stages
    with styled():
        figure = blank(0.9 + 0.62 * len(stages))
        axes = figure.add_subplot()
        left = np.zeros(len(stages))
        for outcome, colour in colours.items():
            counts = np.array([getattr(stage, outcome) for stage in stages])
            shares = counts / np.maximum([stage.planned for stage in stages], 1)
            axes.barh(range(len(stages)), shares, 0.34, left=left, color=colour, label=outcome)
            left += shares
        for row, stage in enumerate(stages):
            axes.annotate(
                f"{stage.ok:,} of {stage.planned:,}", (1.015, row), va="center", color=INK
            )
            axes.annotate(_why(stage), (0.0, row + 0.36), va="center", fontsize=9, color=QUIET)
        rows_down(axes, [stage.stage for stage in stages])
        axes.set_ylim(len(stages) - 0.35, -0.35)
        axes.set_xlim(0, 1.2)
        axes.grid(False)
        axes.xaxis.set_major_locator(NullLocator())
        axes.spines.bottom.set_visible(False)
        figure.legend(loc="outside upper left", ncols=3)
        return png(figure)


def _write_shares(axes: Axes, shares: Sequence[float], totals: Sequence[int]) -> None:
    for row, (share, total) in enumerate(zip(shares, totals, strict=True)):
        if not total:
            axes.annotate(
                "not judged", (0, row), (4, 0), textcoords="offset points", va="center", color=QUIET
            )
            continue
        inside = share > 0.16
        axes.annotate(
            percent(share),
            (share, row),
            (-4 if inside else 4, 0),
            textcoords="offset points",
            va="center",
            ha="right" if inside else "left",
            color="white" if inside else INK,
            fontsize=9,
        )


def _why(stage: StageCounts) -> str:
    ranked = sorted(stage.reasons.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{reason.replace('_', ' ')} {count:,}" for reason, count in ranked[:5]]
    if len(ranked) > 5:
        named.append(f"{len(ranked) - 5} other reasons {sum(c for _, c in ranked[5:]):,}")
    return "   ·   ".join(named)
