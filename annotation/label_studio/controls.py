"""The names of the page's controls and answers: what tasks are written in and answers read by."""

from __future__ import annotations

from schemas.vocabulary import Verdict

PICTURE = "picture"
REGIONS = "regions"
REGION_REASON = "region_reason"
WHOLE_CONTROL = "whole"
CONFIDENCE_CONTROL = "confidence"
OTHER_REGION = "other"
"""The brush of regions that belong to no attribute in particular, such as the observed mask."""

WHOLE_VERDICTS: dict[str, Verdict] = {
    "forged": Verdict.PRESENT,
    "authentic": Verdict.ABSENT,
    "cannot judge": Verdict.UNSURE,
}
CONFIDENCES: dict[str, float] = {"guessing": 0.5, "fairly sure": 0.75, "certain": 1.0}


def rationale_control(attribute: str) -> str:
    """The name of the text under an attribute's verdict."""
    return f"{attribute}_rationale"


def cues_control(attribute: str) -> str:
    """The name of the choice of cues under an attribute's verdict."""
    return f"{attribute}_cues"
