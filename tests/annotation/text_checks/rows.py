"""Rows with given texts, for tests of what is found about them."""

from __future__ import annotations

from typing import Any

from schemas.annotation import Annotation
from schemas.vocabulary import Mode, RaterKind, Verdict


def row(sample: str, rationale: str, attribute: str = "edges", **more: Any) -> Annotation:
    rater = more.get("rater", "seer")
    fields: dict[str, Any] = {
        "annotation_id": f"{sample}-{rater}-{attribute}",
        "sample_id": sample,
        "rater": rater,
        "rater_kind": RaterKind.MLLM,
        "rater_version": "1",
        "mode": Mode.BLIND,
        "attribute": attribute,
        "verdict": Verdict.PRESENT,
        "rationale": rationale,
    }
    return Annotation(**fields | more)
