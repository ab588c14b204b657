"""Puts what was found about each rationale into its row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from annotation.leak_lint import leaks
from annotation.text_checks.contradiction import contradicts
from annotation.text_checks.grounding import overlap
from annotation.text_checks.repetition import repeated
from schemas.annotation import Annotation, Region, TextChecks
from schemas.vocabulary import RaterKind, Support


def checked(rows: Sequence[Annotation], observed: Mapping[str, Region]) -> tuple[Annotation, ...]:
    """The rows with their `TextChecks`, in order; what a judge said of them before is kept.

    `rows`: all that there are of each rater, since a text is boilerplate by what else its rater
    wrote. `observed`: the boxes of the observed masks of forgeries, by sample id; without one there
    is no grounding, and neither for the measured rater, to whom its region was given.
    """
    by_rater: defaultdict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        by_rater[row.rater].append(number)
    boilerplate = [False] * len(rows)
    for numbers in by_rater.values():
        marks = repeated((rows[number].sample_id, rows[number].rationale) for number in numbers)
        for number, mark in zip(numbers, marks.tolist(), strict=True):
            boilerplate[number] = mark
    return tuple(
        replace(row, checks=_checks(row, mark, observed.get(row.sample_id)))
        for row, mark in zip(rows, boilerplate, strict=True)
    )


def with_judgements(
    rows: Sequence[Annotation], judged: Mapping[str, Support], swapped: Mapping[str, Support]
) -> tuple[Annotation, ...]:
    """The rows with what a judge says of them, by annotation id, before their picture and another.

    Rows that neither mapping names stay as they are.
    """
    found = []
    for row in rows:
        its, other = judged.get(row.annotation_id), swapped.get(row.annotation_id)
        if its is not None or other is not None:
            checks = row.checks or TextChecks()
            checks = replace(checks, judged=its or checks.judged, swapped=other or checks.swapped)
            row = replace(row, checks=checks)
        found.append(row)
    return tuple(found)


def _checks(row: Annotation, boilerplate: bool, observed: Region | None) -> TextChecks:
    before = row.checks or TextChecks()
    grounding = None
    if row.region is not None and observed is not None and row.rater_kind is not RaterKind.MEASURED:
        grounding = round(overlap(row.region, observed), 4)
    return TextChecks(
        leaks=leaks(row.rationale),
        boilerplate=boilerplate,
        contradiction=contradicts(row.verdict, row.rationale) is True,
        grounding=grounding,
        judged=before.judged,
        swapped=before.swapped,
    )
