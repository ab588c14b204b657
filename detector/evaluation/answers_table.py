"""The table of all answers: what is published of it, and what only the report is made from."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

PUBLISHED = pa.schema(
    [
        pa.field("sample_id", pa.string(), nullable=False),
        pa.field("label", pa.int8(), nullable=False),
        ("group_id", pa.string()),
        ("domain", pa.string()),
        ("operation", pa.string()),
        ("generator", pa.string()),
        pa.field("perturbation", pa.string(), nullable=False),
        ("level", pa.float64()),
        ("probability", pa.float64()),
        pa.field("answer", pa.int8(), nullable=False),
        ("text", pa.string()),
        ("mask_f1", pa.float64()),
        ("mask_iou", pa.float64()),
        ("mask_auc", pa.float64()),
        ("flagged", pa.float64()),
        ("mask_area", pa.float64()),
    ]
)
"""`predictions.parquet`: `label` and `answer` 1 fake, 0 real, `answer` -1 failed; `perturbation` ""
for none; `flagged` and `mask_area`: shares of the pixels called forged, and truly forged."""

KEPT = pa.schema(
    [
        *PUBLISHED,
        ("mask_best_f1", pa.float64()),
        ("mask_best_iou", pa.float64()),
        ("mask_curve", pa.list_(pa.float32())),
        ("found", pa.binary()),
        ("problem", pa.string()),
        ("mask_problem", pa.string()),
        ("true_reasoning", pa.string()),
        ("true_findings", pa.string()),
        ("true_attributes", pa.string()),
    ]
)
"""The same with what figures need: `found` is the found mask, small, as PNG; `problem` says why
there is no answer, `mask_problem` why no true mask; `true_*`: what texts are held against."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How pictures are asked: as they are ("" and None), or under a perturbation at a level."""

    perturbation: str = ""
    level: float | None = None


PLAIN = Condition()
