"""Draws what became of the work and of the pictures: outcomes by stage, verdicts by rater."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullLocator

from dataset_cards.statistics import Statistics
from dataset_cards.style import (
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
from dataset_cards.wording import percent
from schemas.attributes import ATTRIBUTES
from schemas.features import LABELS
from schemas.manifest import Manifest, StageCounts
from schemas.vocabulary import Label, Verdict


def draw_raters(statistics: Statistics, manifest: Manifest) -> bytes:
    """What each rater said of each attribute, for real and for fake pictures."""
    colours = {Verdict.PRESENT: FAKE, Verdict.UNSURE: UNSURE, Verdict.ABSENT: PALE}
    found = {(one.rater, one.attribute, one.label): one.verdicts for one in statistics.rated}
    with styled():
        figure = blank(0.9 + 2.6 * len(statistics.raters))
        panels = figure.subplots(len(statistics.raters), 2, sharex=True, sharey=True, squeeze=False)
        for row, rater in enumerate(statistics.raters):
            for panel, label in zip(panels[row], LABELS, strict=True):
                left = np.zeros(len(ATTRIBUTES))
                for verdict, colour in colours.items():
                    shares = []
                    for attribute in ATTRIBUTES:
                        counts = found.get((rater.name, attribute.id, label), {})
                        total = sum(counts.values())
                        shares.append(counts.get(verdict.value, 0) / total if total else 0.0)
                    bars = panel.barh(range(len(ATTRIBUTES)), shares, 0.66, left=left, color=colour)
                    if not row and label == Label.REAL:
                        bars.set_label(verdict.value)
                    left += shares
                    if verdict is Verdict.PRESENT:
                        _write_shares(panel, shares)
                panel.set_title(f"{rater.name}: {label} pictures")
                rows_down(panel, [attribute.forged for attribute in ATTRIBUTES])
                panel.grid(False)
                panel.set_xlim(0, 1)
                panel.set_xticks((0, 0.5, 1))
                panel.spines.bottom.set_visible(False)
                panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.0%}"))
        figure.legend(loc="outside upper left", ncols=3)
        return png(figure)


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


def _write_shares(axes: Axes, shares: list[float]) -> None:
    for row, share in enumerate(shares):
        inside = share > 0.14
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
