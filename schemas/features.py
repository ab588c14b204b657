"""The columns of a published shard: Hugging Face features, descriptions, and rows from records."""

from __future__ import annotations

from dataclasses import asdict, fields
from functools import cache
from typing import TYPE_CHECKING, Any

from schemas.record import Quality, Record
from schemas.vocabulary import Label

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Features

LABELS: tuple[str, ...] = tuple(label.value for label in Label)
"""Names of the label column's classes: 0 is real, 1 is fake."""

IMAGE_COLUMNS: tuple[str, ...] = ("image", "mask_requested", "mask_applied", "mask_observed")

COLUMNS: dict[str, str] = {
    "sample_id": "Id of the picture: the source's id for a real one, the job's id for a forgery.",
    "image": "The picture, RGB, encoded as `codec` says.",
    "label": "0 real, 1 fake.",
    "domain": "natural, document, deepfake or aigc.",
    "operation": "What was done; null for a real picture.",
    "generator": "What did it; null for a real picture.",
    "generator_family": "The family of the generator, for splits that hold out a family.",
    "generator_version": "The version of the generator.",
    "generator_model": "The checkpoint, service or imported set behind it, where there is one.",
    "generator_autoencoder": "The autoencoder that the picture came out of, for hold-outs.",
    "generator_released": "When that model came out: a date, a month or a year.",
    "generator_terms": "The licence terms of what the generator makes.",
    "scope": "full, spliced (only pixels inside `mask_applied` may differ) or regenerated.",
    "mask_requested": "One-bit PNG: what the job asked to change.",
    "mask_applied": "One-bit PNG: what the generator was given or composited with.",
    "mask_observed": "One-bit PNG: the pixels that differ from the source beyond codec noise.",
    "source_id": (
        "`sample_id` of the real picture that it was made from, or stands beside where it was made "
        "from none; its own for a real one; null for an imported forgery."
    ),
    "second_source_id": "Source of the content that was put in, where there is one.",
    "group_id": "Pictures of one group share a split.",
    "twin_of": (
        "`sample_id` of its twin: the same picture in another encoding, or the redrawn picture "
        "that this one's edit was pasted from."
    ),
    "prompt": "The prompt, where the generator took one.",
    "seed": "The job's seed.",
    "parameters": "JSON: what the generator did, and every change it had to make (`notes`).",
    "width": "Width in pixels.",
    "height": "Height in pixels.",
    "codec": "How `image` is encoded; `saves` counts the lossy encodings in its history.",
    "caption": "A caption, where one is known.",
    "annotations": (
        "One entry a judgement: rater, mode, attribute (`whole` for the picture as a whole), "
        "verdict, rationale, what it points at or painted, and what checks found about the text."
    ),
    "attributes": (
        "Consensus for each attribute's forged pole: verdict, share of rows that agree, posterior, "
        "who decided, and the ids of the rows behind it."
    ),
    "whole": "The same for the picture as a whole: `present` says that raters take it for forged.",
    "reasoning": "The chain of thought in MMFR's four tags, rendered from the annotations.",
    "quality": "Figures of the picture and of its masks.",
    "fingerprint": "64-bit perceptual hash (pHash), 16 hex digits.",
    "licence": "Licence of the picture.",
    "attribution": "Whom to name for it.",
}


def _consensus() -> dict[str, Any]:
    from datasets import List, Value

    text, share = Value("string"), Value("float64")
    return {
        "attribute": text,
        "verdict": text,
        "agreement": share,
        "rows": List(text),
        "posterior": share,
        "basis": text,
    }


@cache
def features() -> Features:
    """The features of a published shard, in column order."""
    from datasets import ClassLabel, Features, Image, List, Value

    text = Value("string")
    share = Value("float64")
    return Features(
        {
            "sample_id": text,
            "image": Image(),
            "label": ClassLabel(names=list(LABELS)),
            "domain": text,
            "operation": text,
            "generator": text,
            "generator_family": text,
            "generator_version": text,
            "generator_model": text,
            "generator_autoencoder": text,
            "generator_released": text,
            "generator_terms": text,
            "scope": text,
            "mask_requested": Image(),
            "mask_applied": Image(),
            "mask_observed": Image(),
            "source_id": text,
            "second_source_id": text,
            "group_id": text,
            "twin_of": text,
            "prompt": text,
            "seed": Value("int64"),
            "parameters": text,
            "width": Value("int32"),
            "height": Value("int32"),
            "codec": {
                "format": text,
                "quality": Value("int32"),
                "subsampling": text,
                "saves": Value("int32"),
                "lossless": Value("bool"),
            },
            "caption": text,
            "annotations": List(
                {
                    "annotation_id": text,
                    "rater": text,
                    "rater_kind": text,
                    "rater_version": text,
                    "mode": text,
                    "attribute": text,
                    "verdict": text,
                    "rationale": text,
                    "rater_family": text,
                    "score": share,
                    "confidence": share,
                    "region": {"x0": share, "y0": share, "x1": share, "y1": share},
                    "mask": Image(),
                    "cues": List(text),
                    "prompt_version": text,
                    "seconds": share,
                    "cost": share,
                    "checks": {
                        "leaks": List(text),
                        "boilerplate": Value("bool"),
                        "contradiction": Value("bool"),
                        "grounding": share,
                        "judged": text,
                        "swapped": text,
                    },
                }
            ),
            "attributes": List(_consensus()),
            "whole": _consensus(),
            "reasoning": text,
            "quality": dict.fromkeys((field.name for field in fields(Quality)), share),
            "fingerprint": text,
            "licence": text,
            "attribution": text,
        }
    )


def arrow_schema() -> pa.Schema:
    """The Arrow schema of a published shard, with the features in its metadata."""
    schema: pa.Schema = features().arrow_schema
    return schema


def to_row(record: Record) -> dict[str, Any]:
    """A record as a row of plain values that fits `arrow_schema`."""
    row = asdict(record)
    row["label"] = LABELS.index(record.label.value)
    for column in IMAGE_COLUMNS:
        row[column] = _picture(row[column])
    for annotation in row["annotations"]:
        del annotation["sample_id"]
        annotation["mask"] = _picture(annotation["mask"])
    row["annotations"] = list(row["annotations"])
    row["attributes"] = list(row["attributes"])
    return row


def _picture(data: bytes | None) -> dict[str, Any] | None:
    return None if data is None else {"bytes": data, "path": None}
