"""Draws the transfer matrix: who teaches whom, and where nothing can be told from chance."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from detector.studies.material import ALL
from detector.studies.resampling import Estimate
from detector.studies.transfer import EVERYTHING, Transfer, Value, all_but
from storage.charts import AMBER, FAKE, INK, QUIET, REAL, blank, png, styled

CHANCE = 0.5
_CELL = 0.345
_SHADES = ("#B8480A", "#E39A6A", "#FFFFFF", "#7FB4D8", "#0B5A94")
_MARKS = (REAL, AMBER, FAKE, "#009E73", "#CC79A7", INK)
_UNTOLD = "#9AA5B1"
_ABSENT = "#F1F3F5"


def transfer_figure(transfer: Transfer) -> bytes:
    """A PNG: rows teach, columns are asked, the number is the AUC."""
    values = in_order(transfer)
    summary = [name for name, _ in _summary(transfer)]
    with styled():
        figure = blank(2.9 + _CELL * (len(values) + len(summary) + 0.5))
        axes = figure.add_subplot()
        _cells(axes, transfer, values)
        _labels(axes, values, summary)
        _domains(axes, values, len(summary))
        _legend(figure, axes, values, transfer)
        return png(figure)


def in_order(transfer: Transfer) -> list[Value]:
    """The values, domain by domain and in it mechanism by mechanism."""
    return sorted(transfer.values, key=lambda value: (value.domain, value.mechanism, value.name))


def _summary(transfer: Transfer) -> list[tuple[str, dict[str, str]]]:
    """The rows below the matrix: their label, and the lesson that is asked of each value."""
    names = {lesson.name for lesson in transfer.lessons}
    rows = [
        ("all together", {value.name: ALL for value in transfer.values}),
        ("all but itself", {value.name: all_but(value.name) for value in transfer.values}),
        ("all, every picture", {value.name: EVERYTHING for value in transfer.values}),
    ]
    return [(label, asked) for label, asked in rows if names & set(asked.values())]


def _shades() -> Colormap:
    return LinearSegmentedColormap.from_list("transfer", _SHADES)


def _cells(axes: Axes, transfer: Transfer, values: list[Value]) -> None:
    column = {value.name: place for place, value in enumerate(transfer.values)}
    rows = {lesson.name: place for place, lesson in enumerate(transfer.lessons)}
    for across, asked in enumerate(values):
        for down, teacher in enumerate(values):
            cell = None
            if teacher.name in rows:
                cell = transfer.cell(rows[teacher.name], column[asked.name])
            _cell(axes, down, across, cell, own=teacher.name == asked.name)
        for below, (_, lesson) in enumerate(_summary(transfer)):
            cell = None
            if lesson[asked.name] in rows:
                cell = transfer.cell(rows[lesson[asked.name]], column[asked.name])
            _cell(axes, len(values) + 0.5 + below, across, cell)


def _cell(axes: Axes, down: float, across: float, cell: Estimate | None, own: bool = False) -> None:
    corner = (across - 0.5, down - 0.5)
    if cell is None:
        axes.add_patch(Rectangle(corner, 1, 1, facecolor=_ABSENT, edgecolor="white", linewidth=1))
        axes.text(across, down, "·", ha="center", va="center", color=_UNTOLD, fontsize=8)
        return
    told = cell.low > CHANCE or cell.high < CHANCE
    shade = _shades()(cell.value) if told else "white"
    axes.add_patch(Rectangle(corner, 1, 1, facecolor=shade, edgecolor="white", linewidth=1))
    if not told:
        axes.add_patch(
            Rectangle(
                corner, 1, 1, facecolor="none", edgecolor="#DFE3E8", hatch="////", linewidth=0
            )
        )
    if own:
        inner = (across - 0.455, down - 0.455)
        axes.add_patch(Rectangle(inner, 0.91, 0.91, facecolor="none", edgecolor=INK, linewidth=1.1))
    strong = told and abs(cell.value - CHANCE) > 0.3
    colour = "white" if strong else INK if told else QUIET
    axes.text(across, down, short(cell.value), ha="center", va="center", color=colour, fontsize=7.5)


def short(value: float) -> str:
    """An AUC in two digits, without the zero before the point."""
    said = f"{value:.2f}"
    return said[1:] if said.startswith("0") else said


def _labels(axes: Axes, values: list[Value], summary: list[str]) -> None:
    count = len(values)
    axes.set_xlim(-0.5, count - 0.5)
    axes.set_ylim(count + 0.5 + len(summary) - 0.5, -0.5)
    names = [value.name.replace("_", " ") for value in values]
    axes.set_xticks(
        range(count),
        [f"{name} ({value.test})" for name, value in zip(names, values, strict=True)],
        rotation=40,
        ha="left",
        rotation_mode="anchor",
        fontsize=8.5,
    )
    axes.xaxis.tick_top()
    axes.tick_params(axis="both", pad=9)
    places = [*range(count), *(count + 0.5 + place for place in range(len(summary)))]
    taught = [f"{name} ({value.train})" for name, value in zip(names, values, strict=True)]
    axes.set_yticks(places, [*taught, *summary], fontsize=8.5)
    axes.set_ylabel("learnt from (forgeries there are)")
    axes.set_xlabel("tried on (forgeries in the test split)")
    axes.xaxis.set_label_position("top")
    axes.spines[:].set_visible(False)
    axes.set_aspect("auto")
    marks = _marks(values)
    for place, value in enumerate(values):
        colour = marks[value.mechanism]
        for where in (
            (-0.5 - 0.2, place - 0.42, 0.14, 0.84),
            (place - 0.42, -0.5 - 0.2, 0.84, 0.14),
        ):
            axes.add_patch(
                Rectangle(where[:2], where[2], where[3], facecolor=colour, clip_on=False)
            )


def _marks(values: list[Value]) -> dict[str, str]:
    names = sorted({value.mechanism for value in values})
    return {name: _MARKS[place % len(_MARKS)] for place, name in enumerate(names)}


def _domains(axes: Axes, values: list[Value], below: int) -> None:
    """A rule between domains, and their names along the right."""
    first = 0
    for place in range(1, len(values) + 1):
        if place < len(values) and values[place].domain == values[first].domain:
            continue
        if place < len(values):
            axes.axhline(place - 0.5, color=INK, linewidth=0.9)
            axes.plot([place - 0.5] * 2, [-0.5, len(values) - 0.5], color=INK, linewidth=0.9)
            axes.plot(
                [place - 0.5] * 2, [len(values), len(values) + below], color=INK, linewidth=0.9
            )
        if len({value.name for value in values} - {value.domain for value in values}):
            axes.text(
                len(values) - 0.35,
                (first + place - 1) / 2,
                values[first].domain,
                ha="left",
                va="center",
                color=QUIET,
                fontsize=8.5,
            )
        first = place


def _legend(figure: Figure, axes: Axes, values: list[Value], transfer: Transfer) -> None:
    handles: list[Patch | Line2D] = [
        Patch(facecolor=colour, label=name) for name, colour in _marks(values).items()
    ]
    handles += [
        Patch(facecolor=_shades()(0.95), label="AUC above chance"),
        Patch(facecolor=_shades()(0.15), label="below chance"),
        Patch(facecolor="white", edgecolor="#C5CCD4", hatch="////", label="may be chance"),
        Patch(facecolor=_ABSENT, label="too few"),
    ]
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=4,
        fontsize=8.5,
    )
    size = "all forgeries there are" if transfer.size is None else f"{transfer.size} forgeries"
    figure.suptitle(
        f"What transfers, by {transfer.by}",
        x=0.02,
        ha="left",
        fontsize=12,
        fontweight="bold",
    )
    axes.set_title(
        f"AUC of a probe on {_features(transfer)} that learnt from {size} and as many real ones",
        fontsize=9,
        fontweight="normal",
        color=QUIET,
        pad=10,
    )


def _features(transfer: Transfer) -> str:
    kind, _, place = transfer.features.partition(":")
    return f"{kind} {place.rstrip('/').rsplit('/', 1)[-1]}".strip()
