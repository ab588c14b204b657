"""The majority consensus of one sample's rows, for tests."""

from __future__ import annotations

from collections.abc import Sequence

from annotation.consensus import agree, undecided
from schemas.annotation import Annotation
from schemas.record import AttributeConsensus


def consensus(rows: Sequence[Annotation]) -> tuple[AttributeConsensus, ...]:
    """About the five attributes, in the taxonomy's order."""
    samples = list(agree(rows, "majority").samples.values()) or [undecided("")]
    (sample,) = samples
    return sample.published()
