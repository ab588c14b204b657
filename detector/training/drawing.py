"""Draws the loss curve: each loss, the learning rate, validation, and the wait for data."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from upath import UPath

from storage.charts import AMBER, FAKE, INK, QUIET, REAL, blank, png, styled
from storage.files import write_bytes

PICTURE = "curve.png"
_COLOURS = (INK, REAL, FAKE, AMBER, "#009E73", "#CC79A7", QUIET)
_VALIDATION = {
    "balanced_accuracy": "balanced accuracy",
    "auc": "AUC",
    "mask_iou": "mask IoU",
    "no_verdict": "no verdict",
}


def draw(curve: Iterable[dict[str, Any]], pace: Iterable[dict[str, Any]], folder: Path) -> None:
    """Write curve.png into a folder, of the lines that a training wrote; none, where none did."""
    lines, paces = list(curve), list(pace)
    points = [line for line in lines if "loss" in line]
    looks = [line for line in lines if "validation" in line]
    if points:
        write_bytes(UPath(folder / PICTURE), _picture(points, looks, paces))


def _picture(
    points: list[dict[str, Any]], looks: list[dict[str, Any]], paces: list[dict[str, Any]]
) -> bytes:
    with styled():
        figure = blank(8.0 if looks else 6.0)
        heights = [2.4, 2.0, 1.2] if looks else [2.4, 1.2]
        grid = figure.add_gridspec(len(heights), 2, height_ratios=heights)
        loss = figure.add_subplot(grid[0, :])
        _losses(loss, points)
        if looks:
            _looks(figure.add_subplot(grid[1, :]), looks)
        rate, waiting = (figure.add_subplot(grid[-1, column]) for column in (0, 1))
        steps = [line["step"] for line in points]
        rate.plot(steps, [line["learning_rate"] for line in points], color=INK, linewidth=1.4)
        rate.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))
        waited = [100 * line["waiting"] for line in paces]
        waiting.plot([line["step"] for line in paces], waited, color=FAKE, linewidth=1.4)
        waiting.axhline(5, color=QUIET, linewidth=0.8, linestyle=(0, (4, 3)))
        waiting.set_ylim(0, max([10.0, *waited]) * 1.08)
        _finish(rate, "Learning rate")
        _finish(waiting, "Waiting for data, % of the time")
        return png(figure)


def _losses(axes: Axes, points: list[dict[str, Any]]) -> None:
    names = list(points[0]["losses"])
    steps = [line["step"] for line in points]
    shown = ["loss", *names] if len(names) > 1 else names
    for name, colour in zip(shown, _COLOURS, strict=False):
        values = [line["loss"] if name == "loss" else line["losses"][name] for line in points]
        label, width = ("all", 2.0) if name == "loss" else (name, 1.3)
        marker = "o" if len(points) == 1 else ""
        axes.plot(steps, values, color=colour, linewidth=width, label=label, marker=marker)
    if all(line["losses"][name] > 0 for line in points for name in names):
        axes.set_yscale("log")
        axes.minorticks_off()
    _finish(axes, "Loss")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _looks(axes: Axes, looks: list[dict[str, Any]]) -> None:
    for (name, label), colour in zip(_VALIDATION.items(), (REAL, INK, FAKE, QUIET), strict=True):
        known = [
            (line["step"], line["validation"][name])
            for line in looks
            if line["validation"].get(name) is not None
        ]
        if known and not (name == "no_verdict" and not any(value for _, value in known)):
            steps, values = zip(*known, strict=True)
            axes.plot(steps, values, color=colour, marker="o", markersize=3.5, label=label)
    axes.set_ylim(-0.03, 1.03)
    _finish(axes, "Validation")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _finish(axes: Axes, title: str) -> None:
    axes.set_title(title)
    axes.grid(axis="y")
    axes.set_xlabel("step")
    axes.margins(x=0.02)
