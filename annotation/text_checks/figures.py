"""How often each rater's texts fail a check: figures for the card."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

from schemas.annotation import Annotation, TextChecks
from schemas.manifest import TextFigures
from schemas.vocabulary import Mode, Support

HIT = 0.1
"""A place that was pointed at hits the change from this intersection over union on."""


def figures(rows: Iterable[Annotation]) -> tuple[TextFigures, ...]:
    """The figures of each rater and mode, sorted by both, over rows that have checks."""
    groups: defaultdict[tuple[str, str, str], list[TextChecks]] = defaultdict(list)
    for row in rows:
        if row.checks is not None and row.rationale.strip():
            groups[row.rater, row.mode.value, row.rater_family].append(row.checks)
    return tuple(
        _figures(rater, family, Mode(mode), found)
        for (rater, mode, family), found in sorted(groups.items())
    )


def _figures(rater: str, family: str, mode: Mode, found: Sequence[TextChecks]) -> TextFigures:
    overlaps = [checks.grounding for checks in found if checks.grounding is not None]
    judged = [checks.judged for checks in found if checks.judged is not None]
    swapped = [checks.swapped for checks in found if checks.swapped is not None]
    return TextFigures(
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
