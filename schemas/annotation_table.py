"""Rows of annotation as a table, in which stages and reviews keep them until they are published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from schemas.annotation import Annotation, Region, TextChecks
from schemas.vocabulary import Mode, RaterKind, Support, Verdict

REGION = pa.struct([(side, pa.float64()) for side in ("x0", "y0", "x1", "y1")])
CHECKS = pa.struct(
    [
        ("leaks", pa.list_(pa.string())),
        ("boilerplate", pa.bool_()),
        ("contradiction", pa.bool_()),
        ("grounding", pa.float64()),
        ("judged", pa.string()),
        ("swapped", pa.string()),
    ]
)
ANNOTATION_SCHEMA = pa.schema(
    {
        "annotation_id": pa.string(),
        "sample_id": pa.string(),
        "rater": pa.string(),
        "rater_kind": pa.string(),
        "rater_version": pa.string(),
        "mode": pa.string(),
        "attribute": pa.string(),
        "verdict": pa.string(),
        "rationale": pa.string(),
        "rater_family": pa.string(),
        "score": pa.float64(),
        "confidence": pa.float64(),
        "region": REGION,
        "mask": pa.binary(),
        "cues": pa.list_(pa.string()),
        "prompt_version": pa.string(),
        "seconds": pa.float64(),
        "cost": pa.float64(),
        "checks": CHECKS,
    }
)


def annotation_table(rows: Iterable[Annotation]) -> pa.Table:
    """A table of the columns of `ANNOTATION_SCHEMA`."""
    return pa.Table.from_pylist([asdict(row) for row in rows], ANNOTATION_SCHEMA)


def read_annotations(table: pa.Table) -> Iterator[Annotation]:
    """The rows of such a table; `annotation_table` gives back an equal one."""
    return (annotation_of(row) for row in table.to_pylist())


def annotation_of(row: dict[str, Any]) -> Annotation:
    """One row from plain values, as `dataclasses.asdict` and Arrow give them."""
    region, checks = row["region"], row["checks"]
    if checks is not None:
        checks = TextChecks(
            **checks
            | {
                "leaks": tuple(checks["leaks"]),
                "judged": _support(checks["judged"]),
                "swapped": _support(checks["swapped"]),
            }
        )
    return Annotation(
        **row
        | {
            "rater_kind": RaterKind(row["rater_kind"]),
            "mode": Mode(row["mode"]),
            "verdict": Verdict(row["verdict"]),
            "region": None if region is None else Region(**region),
            "cues": tuple(row["cues"]),
            "checks": checks,
        }
    )


def _support(word: str | None) -> Support | None:
    return None if word is None else Support(word)


def published_annotation(sample_id: str, note: dict[str, Any]) -> Annotation:
    """An entry of the column `annotations` of a published row, as a row again."""
    mask = note["mask"]
    row = note | {"sample_id": sample_id, "mask": None if mask is None else mask["bytes"]}
    return annotation_of(row)
