"""One measured figure beside what was asked of it, as the table of measurements shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`what` was measured against what, in a few words; `asked` and `measured` with their units.

    `met` says whether the measured figure is as good as was asked.
    """

    what: str
    asked: str
    measured: str
    met: bool


def report(name: str, figures: tuple[Figure, ...]) -> str:
    """The last line of a benchmark: every figure, those that were missed in capitals."""
    said = (
        f"{one.what}: {one.measured}{'' if one.met else ' MISSED'} (asked {one.asked})"
        for one in figures
    )
    return f"{name}: " + "; ".join(said)
