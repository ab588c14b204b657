"""Shows studies in a terminal: what teaches what, and what more pictures bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.table import Table

from detector.studies.material import ALL
from detector.studies.power_law import PowerLaw
from detector.studies.resampling import Estimate
from detector.studies.scaling import AHEAD, Scaling
from detector.studies.telling import FEW, told
from detector.studies.transfer import EVERYTHING, Transfer, all_but


def transfer_table(study: Transfer, name: str) -> Table:
    """A line a value: how well it is told when learnt from itself, from others, from all.

    `name`: the set's.
    """
    whole, learnt = EVERYTHING, ""
    if study.size is None:  # Then `ALL` learns from everything.
        whole, learnt = ALL, ", learnt from all pictures"
    headers = (study.by, "from itself", "best other teacher", "from all but it", whole)
    table = _table(f"Transfer by {study.by} in {name}: AUC and 95 % interval{learnt}", headers)
    rows = {lesson.name: row for row, lesson in enumerate(study.lessons)}
    for column, value in enumerate(study.values):
        table.add_row(
            value.name,
            _cell(study, rows, value.name, column),
            _best_other(study, rows, column),
            _cell(study, rows, all_but(value.name), column),
            _cell(study, rows, whole, column),
        )
    return table


def scaling_table(study: Scaling, name: str) -> Table:
    """A line a curve: where it stands, its exponent, and where it leads. `name`: the set's."""
    headers = ("", "pictures", "error", "b", f"at {AHEAD[-1]}× (extrapolated)")
    table = _table(f"Scaling in {name}: balanced error and 95 % interval", headers)
    for curve in study.curves:
        if curve.few:
            table.add_row(curve.name, "–", FEW, "–", "–")
            continue
        last = Estimate.of(curve.accuracy[:, -1])
        b = further = "no law"
        if isinstance(curve.law, PowerLaw):
            exponent = curve.law.exponent()
            beyond = curve.law.error(float(curve.pictures[-1]) * AHEAD[-1])
            b = told(exponent) if exponent else b
            further = told(beyond) if beyond else further
        error = "–" if last is None else told(last)
        table.add_row(curve.name, f"{curve.pictures[-1]:,.0f}", error, b, further)
    return table


def _table(title: str, headers: Sequence[str]) -> Table:
    """Names on the left, figures on the right."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for place, header in enumerate(headers):
        table.add_column(header, justify="right" if place else "left")
    return table


def _best_other(study: Transfer, rows: Mapping[str, int], column: int) -> str:
    """Who but the value itself teaches it best, and how well."""
    asked = study.values[column].name
    others = [value.name for value in study.values if value.teaches and value.name != asked]
    cells = [(study.cell(rows[other], column), other) for other in others]
    best = max(((cell.value, other) for cell, other in cells if cell is not None), default=None)
    return "–" if best is None else f"{best[1]} {best[0]:.2f}"


def _cell(study: Transfer, rows: Mapping[str, int], lesson: str, column: int) -> str:
    if lesson not in rows:
        return "–" if lesson in (ALL, EVERYTHING) else FEW
    cell = study.cell(rows[lesson], column)
    return FEW if cell is None else f"{cell.value:.2f} {cell.low:.2f}–{cell.high:.2f}"
