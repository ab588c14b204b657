"""Draws who agrees with whom: Krippendorff's alpha by panel and subject, with intervals."""

from __future__ import annotations

from dataset_cards.agreement import SUBJECTS, read_agreement
from dataset_cards.agreement_wording import SOUND, TENTATIVE, panel_title, subject_title
from dataset_cards.statistics import Statistics
from schemas.agreement import ATTRIBUTES_TOGETHER, SETS_OF_ATTRIBUTES, AgreementReport
from schemas.attributes import WHOLE
from schemas.manifest import Manifest
from storage.charts import AMBER, INK, QUIET, REAL, blank, png, rows_down, styled

_MARKS = {WHOLE: ("o", INK), ATTRIBUTES_TOGETHER: ("s", REAL), SETS_OF_ATTRIBUTES: ("D", AMBER)}
_APART = 0.22
_BOUNDS = (
    (0.0, "chance", "center"),
    (TENTATIVE, "tentative", "right"),
    (SOUND, "sound", "left"),
)


def has_alphas(statistics: Statistics, manifest: Manifest) -> bool:
    """Whether any panel's alpha about the whole set is defined."""
    view = read_agreement(manifest)
    return view is not None and bool(_panels(view))


def draw_agreement(statistics: Statistics, manifest: Manifest) -> bytes:
    """A dot an alpha, a line its 95 % interval; a row a panel, a colour a subject."""
    view = read_agreement(manifest)
    panels = _panels(view) if view else ()
    with styled():
        figure = blank(1.25 + 0.55 * len(panels))
        axes = figure.add_subplot()
        lowest = 0.0
        for place, about in enumerate(SUBJECTS):
            mark, colour = _MARKS[about]
            rows, alphas = [], []
            for row, between in enumerate(panels):
                found = view.find(between, about) if view else None
                if found is not None and found.alpha is not None:
                    rows.append(row + _APART * (place - 1))
                    alphas.append(found.alpha)
            if not alphas:
                continue
            lows, highs = [a.low for a in alphas], [a.high for a in alphas]
            axes.hlines(rows, lows, highs, color=colour, linewidth=1.8, zorder=2)
            axes.plot(
                [a.value for a in alphas],
                rows,
                mark,
                color=colour,
                zorder=3,
                markersize=6.5,
                markeredgecolor="white",
                label=subject_title(about),
            )
            lowest = min(lowest, *lows, *(a.value for a in alphas))
        rows_down(axes, [panel_title(between) for between in panels])
        for row in range(1, len(panels)):
            axes.axhline(row - 0.5, color="#EEF1F4", linewidth=0.8)
        for bound, name, side in _BOUNDS:
            axes.axvline(bound, color=QUIET, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
            axes.annotate(
                name,
                (bound, 1.0),
                (0, 4),
                xycoords=axes.get_xaxis_transform(),
                textcoords="offset points",
                ha=side,
                va="bottom",
                color=QUIET,
                fontsize=9,
            )
        axes.set_xlim(lowest - 0.04, 1.03)
        axes.set_xlabel("Krippendorff's alpha, 95% interval; dotted: his bounds for conclusions")
        figure.legend(loc="outside upper left", ncols=len(SUBJECTS))
        return png(figure)


def _panels(view: AgreementReport) -> tuple[str, ...]:
    """The panels with an alpha about some subject, on all pictures."""

    def drawn(between: str) -> bool:
        found = (view.find(between, about) for about in SUBJECTS)
        return any(one is not None and one.alpha is not None for one in found)

    return tuple(between for between in view.panels() if drawn(between))
