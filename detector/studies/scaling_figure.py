"""Draws scaling curves: the error at each size, the fitted law, and where it leads."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from detector.studies.power_law import WORST, PowerLaw
from detector.studies.scaling import AHEAD, Curve, Scaling
from storage.charts import FAKE, QUIET, REAL, RULE, blank, png, styled

_COLUMNS = 3
_TALL = 2.45
_LINE_POINTS = 60
_TICKS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_LOWEST = 0.004
_SERIES = (("1 − balanced accuracy", FAKE, "o"), ("1 − AUC", REAL, "s"))


def scaling_figure(scaling: Scaling) -> bytes:
    """A PNG: a panel a curve, both axes logarithmic."""
    curves = [curve for curve in scaling.curves if len(curve.pictures)]
    columns = 2 if len(curves) in (2, 4) else min(_COLUMNS, len(curves))
    rows = -(-len(curves) // columns)
    least = min(float(curve.pictures[0]) for curve in curves)
    most = max(float(curve.pictures[-1]) for curve in curves) * AHEAD[-1]
    with styled():
        figure = blank(1.1 + _TALL * rows)
        panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        lowest = _lowest(curves)
        for place, axes in enumerate(panels.ravel()):
            if place >= len(curves):
                axes.set_visible(False)
                continue
            _panel(axes, curves[place])
            axes.set_xlim(least / 1.4, most * 1.15)
            axes.set_ylim(lowest, 0.72)
            axes.tick_params(labelbottom=place + columns >= len(curves))
        few = [curve.name.replace("_", " ") for curve in scaling.curves if curve.few]
        note = f"\ntoo few pictures for a curve: {', '.join(few)}" if few else ""
        figure.supxlabel(
            f"pictures learnt from, half of them real{note}", color=QUIET, fontsize=9.5
        )
        figure.supylabel("error", color=QUIET, fontsize=9.5)
        figure.legend(handles=_handles(), loc="outside upper left", ncols=4)
        return png(figure)


def _lowest(curves: list[Curve]) -> float:
    """The lower end of the axis: below every error measured."""
    seen = [float(errors[0].min()) for curve in curves for errors in (curve.accuracy, curve.auc)]
    return float(np.clip(min(seen) * 0.6, _LOWEST, 0.1))


def _panel(axes: Axes, curve: Curve) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.axhline(WORST, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)))
    laws = (curve.law, curve.auc_law)
    for errors, law, (_, colour, marker) in zip(
        (curve.accuracy, curve.auc), laws, _SERIES, strict=True
    ):
        _points(axes, curve, errors, colour, marker)
        if isinstance(law, PowerLaw):
            _law(axes, curve, law, colour)
    axes.set_title(curve.name.replace("_", " "), pad=18)
    axes.text(
        0,
        1.03,
        f"{_words(curve.law, 'accuracy')}    {_words(curve.auc_law, 'AUC')}",
        transform=axes.transAxes,
        fontsize=7.5,
        color=QUIET,
        va="bottom",
    )
    axes.yaxis.set_major_locator(FixedLocator(_TICKS))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(color=RULE, linewidth=0.6)
    axes.tick_params(labelsize=8.5)


def _points(
    axes: Axes, curve: Curve, errors: npt.NDArray[np.float64], colour: str, marker: str
) -> None:
    nudge = 0.96 if marker == "o" else 1.04
    for size, estimate in zip(curve.pictures, curve.points(errors), strict=True):
        if estimate is not None:
            axes.plot(
                [size * nudge] * 2,
                [max(estimate.low, 1e-4), max(estimate.high, 1e-4)],
                color=colour,
                linewidth=1.1,
                alpha=0.55,
            )
            axes.plot(size * nudge, max(estimate.value, 1e-4), marker, color=colour, markersize=4)


def _law(axes: Axes, curve: Curve, law: PowerLaw, colour: str) -> None:
    """The law where it was measured, solid, and beyond, broken and with its band."""
    last = float(curve.pictures[-1])
    within = np.geomspace(float(curve.pictures[0]), last, _LINE_POINTS).astype(np.float64)
    beyond = np.geomspace(last, last * AHEAD[-1], _LINE_POINTS).astype(np.float64)
    axes.plot(within, law.line(within), color=colour, linewidth=1.5)
    axes.plot(beyond, law.line(beyond), color=colour, linewidth=1.3, linestyle=(0, (4, 2)))
    low, high = law.band(beyond)
    axes.fill_between(
        beyond, np.maximum(low, 1e-4), np.maximum(high, 1e-4), color=colour, alpha=0.13, linewidth=0
    )


def _words(law: PowerLaw | str, figure: str) -> str:
    """The exponent with its interval, or that there is none."""
    if isinstance(law, str):
        return f"{figure}: no law"
    b = law.exponent()
    assert b is not None
    return f"{figure}: b = {b.value:.2f} ({b.low:.2f}–{b.high:.2f})"


def _handles() -> list[Line2D]:
    points = [
        Line2D([], [], color=colour, marker=marker, linestyle="", markersize=5, label=label)
        for label, colour, marker in _SERIES
    ]
    return [
        *points,
        Line2D([], [], color=QUIET, linewidth=1.5, label="a·n⁻ᵇ + c"),
        Line2D([], [], color=QUIET, linewidth=1.3, linestyle=(0, (3, 1.5)), label="extrapolated"),
    ]
