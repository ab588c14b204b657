"""What the raters together say of each attribute, and by which rows."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.annotation import Annotation
from schemas.attributes import ATTRIBUTES, ATTRIBUTES_BY_ID
from schemas.record import AttributeConsensus
from schemas.vocabulary import Verdict


def consensus(rows: Sequence[Annotation]) -> tuple[AttributeConsensus, ...]:
    """The majority of the judging rows (those not unsure) for each attribute of the taxonomy.

    All attributes are answered, in the taxonomy's order; a tie, or no judging row, is unsure. The
    rows named are all that judged, sorted, so the order of `rows` does not matter; a row given
    twice counts once. Raises `ValueError` for rows of several samples or of an unknown attribute.
    """
    samples = {row.sample_id for row in rows}
    if len(samples) > 1:
        raise ValueError(f"a consensus is about one sample, these rows are of {sorted(samples)}")
    unknown = {row.attribute for row in rows} - set(ATTRIBUTES_BY_ID)
    if unknown:
        raise ValueError(f"no such attribute: {sorted(unknown)}; known: {list(ATTRIBUTES_BY_ID)}")
    return tuple(_agree(attribute.id, rows) for attribute in ATTRIBUTES)


def _agree(attribute: str, rows: Sequence[Annotation]) -> AttributeConsensus:
    judging: dict[str, Verdict] = {
        row.annotation_id: row.verdict
        for row in rows
        if row.attribute == attribute and row.verdict is not Verdict.UNSURE
    }
    verdicts = list(judging.values())
    present, absent = verdicts.count(Verdict.PRESENT), verdicts.count(Verdict.ABSENT)
    verdict = Verdict.UNSURE
    if present != absent:
        verdict = Verdict.PRESENT if present > absent else Verdict.ABSENT
    return AttributeConsensus(
        attribute=attribute,
        verdict=verdict,
        agreement=verdicts.count(verdict) / len(verdicts) if verdicts else None,
        rows=tuple(sorted(judging)),
    )
