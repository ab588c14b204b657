"""The robustness grid as a picture: a small panel for each perturbation, a line for each figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes

from detector.metrics.detection import Detection
from detector.metrics.masks import MaskReport
from detector.metrics.report_tables import Robust
from detector.perturbations.grid import PERTURBATIONS_BY_NAME
from storage.charts import AMBER, INK, REAL, blank, png, styled

_ACROSS = 4
_Figure = Callable[[Detection, MaskReport | None], float | None]
_LINES: tuple[tuple[str, str, _Figure], ...] = (
    ("balanced accuracy", INK, lambda found, masks: found.balanced_accuracy),
    ("AUC", REAL, lambda found, masks: found.auc),
    ("mask F1", AMBER, lambda found, masks: None if masks is None else masks.f1),
)


def robustness_chart(
    detection: Detection, masks: MaskReport | None, found: Sequence[Robust]
) -> bytes:
    """Accuracy, AUC and mask F1 against the level of every perturbation, as PNG.

    `detection` and `masks` are of the pictures as they are: the broken lines.
    """
    names = list(dict.fromkeys(one.perturbation for one in found))
    across = min(_ACROSS, len(names))
    down = -(-len(names) // across)
    with styled():
        figure = blank(0.7 + 1.9 * down)
        panels = figure.subplots(down, across, sharey=True, squeeze=False).ravel()
        for place, panel in enumerate(panels):
            if place >= len(names):
                panel.set_visible(False)
                continue
            own = [one for one in found if one.perturbation == names[place]]
            _panel(panel, names[place], own, detection, masks)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower left", ncols=len(labels))
        return png(figure)


def _panel(
    axes: Axes,
    name: str,
    found: Sequence[Robust],
    detection: Detection,
    masks: MaskReport | None,
) -> None:
    places = range(len(found))
    for label, colour, figure in _LINES:
        values = [figure(one.detection, one.masks) for one in found]
        before = figure(detection, masks)
        if before is None or any(value is None for value in values):
            continue
        axes.axhline(before, color=colour, linewidth=1, linestyle=(0, (4, 3)), alpha=0.7)
        axes.plot(
            places,
            [value or 0.0 for value in values],
            "o-",
            color=colour,
            linewidth=1.5,
            markersize=3.5,
            label=f"{label} (broken line: unperturbed)" if label == _LINES[0][0] else label,
        )
    axes.set_title(name.replace("_", " "))
    axes.set_xticks(places, [f"{one.level:g}" for one in found], fontsize=8)
    axes.set_xlabel(PERTURBATIONS_BY_NAME[name].unit, fontsize=8.5)
    axes.set_xlim(-0.4, len(found) - 0.6)
    axes.set_ylim(-0.03, 1.03)
    axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.grid(axis="y")
