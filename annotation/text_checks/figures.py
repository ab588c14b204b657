"""How often each rater's texts fail a check: figures for the card."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from schemas.annotation import Annotation, TextChecks
from schemas.vocabulary import Mode, Support

HIT = 0.1
"""A place that was pointed at hits the change from this intersection over union on."""


@dataclass(frozen=True, slots=True)
class CheckFigures:
    """Shares, 0..1, of one rater's rows in one mode; None where there is nothing to take one of.

    `rows`: those with a rationale that was checked. `leaking`, `boilerplate`, `contradicting`:
    shares of these. `grounded` rows point at a place in a forgery whose change is known; `hits` is
    the share of these with an overlap of `HIT` or more, `overlap` their mean intersection over
    union. `supported` is the share of `judged` rows that the judge bore out, `swapped_supported`
    that of the `swapped` rows which it bore out before another picture: the nearer the two, the
    less the texts say of their pictures.
    """

    rater: str
    family: str
    mode: Mode
    rows: int
    leaking: float | None
    boilerplate: float | None
    contradicting: float | None
    grounded: int
    hits: float | None
    overlap: float | None
    judged: int
    supported: float | None
    swapped: int
    swapped_supported: float | None


def figures(rows: Iterable[Annotation]) -> tuple[CheckFigures, ...]:
    """The figures of each rater and mode, sorted by both, over rows that have checks."""
    groups: defaultdict[tuple[str, str, str], list[TextChecks]] = defaultdict(list)
    for row in rows:
        if row.checks is not None and row.rationale.strip():
            groups[row.rater, row.mode.value, row.rater_family].append(row.checks)
    return tuple(
        _figures(rater, family, Mode(mode), found)
        for (rater, mode, family), found in sorted(groups.items())
    )


def _figures(rater: str, family: str, mode: Mode, found: Sequence[TextChecks]) -> CheckFigures:
    overlaps = [checks.grounding for checks in found if checks.grounding is not None]
    judged = [checks.judged for checks in found if checks.judged is not None]
    swapped = [checks.swapped for checks in found if checks.swapped is not None]
    return CheckFigures(
        rater=rater,
        family=family,
        mode=mode,
        rows=len(found),
        leaking=_share([bool(checks.leaks) for checks in found]),
        boilerplate=_share([checks.boilerplate for checks in found]),
        contradicting=_share([checks.contradiction for checks in found]),
        grounded=len(overlaps),
        hits=_share([overlap >= HIT for overlap in overlaps]),
        overlap=round(fmean(overlaps), 4) if overlaps else None,
        judged=len(judged),
        supported=_share([one is Support.SUPPORTED for one in judged]),
        swapped=len(swapped),
        swapped_supported=_share([one is Support.SUPPORTED for one in swapped]),
    )


def _share(marks: Sequence[bool]) -> float | None:
    return round(sum(marks) / len(marks), 4) if marks else None
