"""Which pictures a rater is given: those of its splits, and of these its share."""

from __future__ import annotations

from schemas.identity import unit_interval
from schemas.recipe.raters import MllmRater


def rated_by(rater: MllmRater, sample_id: str, split: str) -> bool:
    """Whether `rater` is to judge this sample.

    The draw does not depend on the rater: one with a smaller share judges a part of what another
    with a larger share judges, so that their agreement can be measured.
    """
    if rater.splits and split not in rater.splits:
        return False
    return unit_interval("rated", sample_id) < rater.share
