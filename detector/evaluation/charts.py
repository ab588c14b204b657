"""The figures of an evaluation: how scores separate, whether they are honest, where they fail."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from detector.metrics.calibration import Calibration
from detector.metrics.detection import Detection
from detector.metrics.predictions import THRESHOLD, Predictions
from detector.metrics.slices import Slice
from storage.charts import FAKE, INK, PALE, QUIET, REAL, RULE, blank, png, rows_down, styled

_BINS = 40
_ROW = 0.27


def separation_chart(said: Predictions, figures: Detection) -> bytes:
    """The ROC curve beside the histogram of P(fake) of either class, as PNG.

    Pictures without a probability stand at the wrong end of the curve and are not in the histogram.
    """
    with styled():
        figure = blank(3.6)
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
        _roc(left, said, figures)
        _histogram(right, said)
        return png(figure)


def _roc(axes: Axes, said: Predictions, figures: Detection) -> None:
    missing = np.isnan(said.probability)
    scores = np.where(missing, np.where(said.fake, -1.0, 2.0), said.probability)
    levels = np.unique(scores)[::-1]
    alarms = [0.0, *(float((scores[~said.fake] >= level).mean()) for level in levels)]
    hits = [0.0, *(float((scores[said.fake] >= level).mean()) for level in levels)]
    axes.plot([0, 1], [0, 1], color=RULE, linewidth=1.2)
    axes.plot(alarms, hits, color=INK, linewidth=1.8)
    fixed = scores >= THRESHOLD
    axes.plot(fixed[~said.fake].mean(), fixed[said.fake].mean(), "o", color=FAKE, markersize=6)
    axes.annotate(
        "at 0.5",
        (float(fixed[~said.fake].mean()), float(fixed[said.fake].mean())),
        (7, -4),
        textcoords="offset points",
        color=FAKE,
        va="top",
        fontsize=9,
    )
    axes.set_aspect("equal")
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    axes.set_xticks([0, 0.5, 1], ["0", "50 %", "100 %"])
    axes.set_yticks([0, 0.5, 1], ["0", "50 %", "100 %"])
    axes.set_xlabel("reals called fake")
    axes.set_ylabel("fakes called fake")
    axes.grid()
    auc = "–" if figures.auc is None else f"{figures.auc:.3f}"
    axes.set_title(f"ROC curve, AUC {auc}")


def _histogram(axes: Axes, said: Predictions) -> None:
    edges = np.linspace(0, 1, _BINS + 1)
    for way, chosen, colour, name in ((1, said.fake, FAKE, "fake"), (-1, ~said.fake, REAL, "real")):
        values = said.probability[chosen]
        known = values[~np.isnan(values)]
        heights = np.histogram(known, edges)[0] / max(known.size, 1)
        axes.bar(edges[:-1], way * heights, 1 / _BINS, align="edge", color=colour, label=name)
    most = max(abs(value) for value in axes.get_ylim())
    axes.set_ylim(-1.05 * most, 1.25 * most)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.axvline(THRESHOLD, color=QUIET, linewidth=1, linestyle=(0, (4, 3)))
    axes.set(xlim=(0, 1), xlabel="P(fake)")
    axes.set_yticks([])
    axes.legend(loc="upper left", ncols=2)
    axes.set_title("What it says of fakes (up) and reals (down)")


def reliability_chart(found: Calibration) -> bytes:
    """Share of fakes against P(fake), bin by bin, over how many pictures each bin has, as PNG."""
    with styled():
        figure = blank(4.6)
        top, bottom = figure.subplots(2, 1, height_ratios=(4, 1), sharex=True)
        filled = [one for one in found.curve if one.pictures]
        said = np.array([one.mean_probability for one in filled], np.float64)
        true = np.array([one.share_fake for one in filled], np.float64)
        counts = np.array([one.pictures for one in filled], np.float64)
        top.plot([0, 1], [0, 1], color=RULE, linewidth=1.2)
        # Wilson's interval of a share, which does not leave 0..1 as the normal one does.
        low, high = _wilson(true, counts)
        top.vlines(said, low, high, color=PALE, linewidth=4)
        top.plot(said, true, "o-", color=INK, linewidth=1.4, markersize=5)
        top.set(xlim=(-0.01, 1.01), ylim=(-0.02, 1.02), ylabel="truly fake")
        top.set_yticks([0, 0.5, 1], ["0", "50 %", "100 %"])
        top.grid()
        ece = "–" if found.ece is None else f"{found.ece:.3f}"
        top.set_title(f"When it says 70 %, is it 70 %? Expected calibration error {ece}")
        middle = [(one.low + one.high) / 2 for one in found.curve]
        bottom.bar(middle, [one.pictures for one in found.curve], 0.9 / found.bins, color=PALE)
        bottom.set(xlabel="P(fake)", ylabel="pictures")
        return png(figure)


def _wilson(
    share: npt.NDArray[np.float64], count: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count**2)) / (1 + z * z / count)
    return middle - half, middle + half


def slice_chart(found: Sequence[Slice]) -> bytes:
    """Accuracy by slice with its 95 % interval, and on reals and fakes by themselves, as PNG."""
    rows: list[Slice | str] = []
    for field in dict.fromkeys(one.field for one in found):
        rows += [field, *(one for one in found if one.field == field)]
    with styled():
        figure = blank(1.3 + _ROW * len(rows))
        axes = figure.subplots()
        for place, one in enumerate(rows):
            if isinstance(one, Slice):
                _slice_row(axes, place, one)
        axes.axvline(0.5, color=QUIET, linewidth=1, linestyle=(0, (4, 3)))
        labels = [one if isinstance(one, str) else one.value for one in rows]
        rows_down(axes, labels)
        for one, label in zip(rows, axes.get_yticklabels(), strict=True):
            if isinstance(one, str):
                label.set_fontweight("bold")
        axes.set_xlim(-0.02, 1.02)
        axes.set_xticks(np.linspace(0, 1, 5), ["0", "25 %", "50 %", "75 %", "100 %"])
        axes.set_title("Accuracy by slice")
        _legend(figure, axes)
        return png(figure)


def _slice_row(axes: Axes, place: int, one: Slice) -> None:
    figures, spread = one.detection, one.intervals
    balanced = figures.balanced_accuracy is not None
    value = figures.balanced_accuracy if balanced else figures.accuracy
    interval = spread.balanced_accuracy if balanced else spread.accuracy
    if interval is not None:
        axes.hlines(place, interval.low, interval.high, color=PALE, linewidth=6)
    for share, colour in ((figures.accuracy_real, REAL), (figures.accuracy_fake, FAKE)):
        if share is not None:
            axes.plot(share, place, "|", color=colour, markersize=9, markeredgewidth=2)
    if value is not None:
        axes.plot(value, place, "o", color=INK, markersize=5)
    count = f"{figures.fakes:,} + {figures.reals:,}"
    axes.annotate(
        count,
        (1.03, place),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=8.5,
        color=QUIET,
        annotation_clip=False,
    )


def _legend(figure: Figure, axes: Axes) -> None:
    marks = (
        ("o", INK, "balanced, with its 95 % interval"),
        ("|", FAKE, "on fakes"),
        ("|", REAL, "on reals"),
    )
    handles = [
        axes.plot([], [], mark, color=colour, label=name, markeredgewidth=2)[0]
        for mark, colour, name in marks
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=3)
    axes.annotate(
        "fakes + reals",
        (1.03, -1),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=8.5,
        color=QUIET,
        annotation_clip=False,
    )
