"""Draws what an audit of masks found: their sizes, their places, agreement, and object bias."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from dataset_cards.wording import operation_title, percent
from schemas.mask_audit import AREA_EDGES, MaskAudit, MaskSlice, Spread
from schemas.vocabulary import OPERATIONS
from storage.charts import (
    AMBER,
    FAKE,
    INK,
    PALE,
    QUIET,
    REAL,
    RULE,
    blank,
    png,
    rows_down,
    styled,
)

_COLUMNS = 4
_HEAT = LinearSegmentedColormap.from_list("heat", ("#FFFFFF", "#FBD9BF", FAKE, "#5A2500"))
_PAIRS = {
    "requested_applied": ("requested and applied", REAL),
    "requested_observed": ("requested and observed", AMBER),
    "applied_observed": ("applied and observed", FAKE),
}
_VERDICTS = {"biased": FAKE, "averse": REAL, "none": QUIET, "unclear": QUIET}
_SAID = {
    "biased": "foreseen",
    "averse": "the quiet places",
    "none": "not foreseen",
    "unclear": "too few",
}


@dataclass(frozen=True, slots=True)
class MaskChart:
    """A chart of the report: its file's name, what it shows, and how it is drawn."""

    name: str
    alt: str
    draw: Callable[[MaskAudit], bytes]


def draw_sizes(audit: MaskAudit) -> bytes:
    """How large masks are, by operation: one histogram a row, on a logarithmic scale."""
    slices = _operations(audit)
    edges = np.array(AREA_EDGES)
    with styled():
        figure = blank(1.0 + 0.46 * len(slices))
        axes = figure.add_subplot()
        axes.set_xscale("log")
        for row, one in enumerate(slices):
            heights = 0.8 * np.array(one.sizes) / max(one.sizes)
            axes.stairs(row + 0.4 - heights, edges, baseline=row + 0.4, fill=True, color=PALE)
            axes.stairs(row + 0.4 - heights, edges, baseline=row + 0.4, color=REAL, linewidth=1.0)
            axes.plot(2 * (one.area.middle,), (row + 0.4, row - 0.3), color=FAKE, linewidth=2.0)
            axes.annotate(
                percent(one.area.middle),
                (1.02, row),
                xycoords=axes.get_yaxis_transform(),
                va="center",
            )
            axes.annotate(
                f"{one.samples:,}",
                (1.19, row),
                xycoords=axes.get_yaxis_transform(),
                va="center",
                ha="right",
                color=QUIET,
            )
        rows_down(axes, [_title(one) for one in slices])
        used = np.flatnonzero(np.sum([one.sizes for one in slices], axis=0))
        axes.set_xlim(edges[used[0]] * 0.8, 1.0)
        axes.xaxis.set_major_locator(FixedLocator([1e-4, 1e-3, 1e-2, 0.1, 1.0]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:g}%"))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel(
            "share of the picture that a mask covers; line and right: median, number of masks"
        )
        return png(figure)


def draw_places(audit: MaskAudit) -> bytes:
    """Where masks lie, by operation: the share of masks that cover each place."""
    slices = _operations(audit)
    rows = -(-len(slices) // _COLUMNS)
    with styled():
        figure = blank(0.2 + rows * (7.4 / _COLUMNS + 0.42))
        panels = figure.subplots(rows, _COLUMNS, squeeze=False)
        for place, panel in enumerate(panels.flat):
            if place >= len(slices):
                panel.set_visible(False)
                continue
            one = slices[place]
            heat = one.heat
            panel.imshow(heat, cmap=_HEAT, vmin=0, vmax=float(heat.max()), extent=(0, 1, 1, 0))
            panel.set_title(_title(one), fontsize=9.0, pad=5.0)
            panel.set_xlabel(
                f"{one.samples:,} masks; darkest: {percent(float(heat.max()))}", fontsize=8.5
            )
            panel.set_xticks(())
            panel.set_yticks(())
            for spine in panel.spines.values():
                spine.set_visible(True)
                spine.set_color(RULE)
        return png(figure)


def draw_agreement(audit: MaskAudit) -> bytes:
    """How far the three masks agree, and what changed outside of the applied one."""
    slices = _operations(audit)
    with styled():
        figure = blank(1.2 + 0.46 * len(slices))
        alike, shares = figure.subplots(1, 2, sharey=True, width_ratios=(1.5, 1))
        for row, one in enumerate(slices):
            for place, (what, (_, colour)) in enumerate(_PAIRS.items()):
                _range(alike, one.agreement.get(what), row + 0.24 * (place - 1), colour)
            _range(shares, one.agreement.get("applied_changed"), row - 0.13, INK)
            _range(shares, one.agreement.get("outside"), row + 0.13, FAKE)
        for label, colour in _PAIRS.values():
            alike.plot((), (), "o", color=colour, markersize=6, label=label)
        shares.plot((), (), "o", color=INK, markersize=6, label="applied mask that changed")
        shares.plot((), (), "o", color=FAKE, markersize=6, label="change outside of it")
        for panel, title in ((alike, "intersection over union"), (shares, "share")):
            rows_down(panel, [_title(one) for one in slices])
            panel.set_xlim(-0.03, 1.03)
            panel.set_xticks((0, 0.25, 0.5, 0.75, 1.0))
            panel.set_xlabel(f"{title}: median and quartiles")
            panel.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=1, borderpad=0.0)
        shares.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.0%}"))
        shares.tick_params(axis="y", labelleft=False)
        return png(figure)


def draw_object_bias(audit: MaskAudit) -> bytes:
    """How well saliency alone foresees masks, against those of other pictures."""
    slices = [one for one in (*_operations(audit), *audit.of("kind")) if one.bias is not None]
    with styled():
        figure = blank(1.35 + 0.36 * max(len(slices), 2))
        axes = figure.add_subplot()
        axes.axvline(0.5, color=QUIET, linewidth=1.0, linestyle=(0, (3, 2)))
        for row, one in enumerate(slices):
            assert one.bias is not None
            seen = one.bias.maps[one.bias.strongest]
            colour = _VERDICTS[one.bias.verdict]
            axes.plot((seen.null, seen.auc), (row, row), color=colour, linewidth=7, alpha=0.25)
            ends = (seen.null + seen.low, seen.null + seen.high)
            axes.plot(ends, (row, row), color=colour, linewidth=1.6)
            axes.plot(seen.null, row, "o", color="white", markeredgecolor=INK, mew=1.4, ms=6)
            axes.plot(seen.auc, row, "o", color=colour, ms=7.5)
            axes.plot(one.bias.centre, row, "D", color=AMBER, ms=4.5)
            axes.annotate(
                f"{_SAID[one.bias.verdict]}: {one.bias.samples:,} in {one.bias.groups:,}",
                (1.02, row),
                xycoords=axes.get_yaxis_transform(),
                va="center",
                color=colour if one.bias.verdict in ("biased", "averse") else QUIET,
                fontsize=9,
            )
        rows_down(axes, [_labelled(one) for one in slices])
        axes.plot((), (), "o", color=INK, ms=7.5, label="on its own mask, 95% interval")
        axes.plot((), (), "o", color="white", markeredgecolor=INK, ms=6, label="on others' masks")
        axes.plot((), (), "D", color=AMBER, ms=4.5, label="nearness to the centre")
        axes.set_xlim(0.1, 1.0)
        axes.set_xticks((0.25, 0.5, 0.75, 1.0))
        axes.set_xlabel(
            "pixel AUC of saliency alone, of the map that tells most; 0.5 is chance\n"
            "right: verdict, and how many masks in how many groups"
        )
        figure.legend(loc="outside upper left", ncols=3)
        return png(figure)


MASK_CHARTS: tuple[MaskChart, ...] = (
    MaskChart("mask_sizes", "Share of the picture that masks cover, by operation", draw_sizes),
    MaskChart("mask_places", "Where in the picture masks lie, by operation", draw_places),
    MaskChart("mask_agreement", "Agreement of requested, applied and observed", draw_agreement),
    MaskChart("object_bias", "How well saliency alone foresees masks", draw_object_bias),
)


def mask_section(audit: MaskAudit, folder: str = "figures") -> str:
    """The Markdown of the report: the verdict, a table, and the charts that lie in `folder`."""
    drawn = f"{audit.samples:,} masks"
    if audit.available > audit.samples:
        drawn = f"{audit.samples:,} of {audit.available:,} masks, drawn evenly over operations"
    lines = [
        f"{audit.verdict} ({drawn}.)",
        "",
        "| operation | masks | size | at border | pieces | compactness | saliency | on others |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in (*_operations(audit), audit.whole):
        seen = one.bias.maps[one.bias.strongest] if one.bias else None
        known = ("-", "-") if seen is None else (f"{seen.auc:.2f}", f"{seen.null:.2f}")
        lines.append(
            f"| {_title(one)} | {one.samples:,} | {percent(one.area.middle)} "
            f"| {percent(one.border)} | {one.components.middle:g} | {one.compactness.middle:.2f} "
            f"| {known[0]} | {known[1]} |"
        )
    lines += ["", *(f"![{chart.alt}]({folder}/{chart.name}.png)" for chart in MASK_CHARTS)]
    return "\n".join(lines) + "\n"


def _operations(audit: MaskAudit) -> tuple[MaskSlice, ...]:
    known = list(OPERATIONS)

    def order(one: MaskSlice) -> tuple[int, str]:
        return known.index(one.name) if one.name in OPERATIONS else len(known), one.name

    return tuple(sorted(audit.of("operation"), key=order))


def _title(one: MaskSlice) -> str:
    return "all" if one.by == "all" else operation_title(one.name)


def _labelled(one: MaskSlice) -> str:
    return f"masks: {one.name}" if one.by == "kind" else _title(one)


def _range(axes: Axes, spread: Spread | None, row: float, colour: str) -> None:
    if spread is None:
        return
    axes.plot((spread.low, spread.high), (row, row), color=colour, linewidth=2.0, alpha=0.55)
    axes.plot(spread.middle, row, "o", color=colour, markersize=5)
