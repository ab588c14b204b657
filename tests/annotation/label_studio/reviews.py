"""Samples, rows and answers that the tests of the review share."""

from __future__ import annotations

from typing import Any

import numpy as np

from annotation.label_studio.brush import encode_brush
from annotation.label_studio.tasks import ReviewSample
from schemas.annotation import Annotation
from schemas.attributes import ATTRIBUTES, WHOLE
from schemas.picture import Mask
from schemas.vocabulary import Mode, RaterKind, Verdict
from storage.masks import encode_mask

WIDTH, HEIGHT = 60, 40


def disc(x: int = 20, y: int = 15, radius: int = 8) -> Mask:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    found: Mask = (columns - x) ** 2 + (rows - y) ** 2 < radius**2
    return found


def row(
    sample_id: str,
    attribute: str = "edges",
    verdict: Verdict = Verdict.PRESENT,
    rater: str = "measured",
    kind: RaterKind = RaterKind.MEASURED,
    rationale: str = "The contour step is large.",
    cues: tuple[str, ...] = (),
) -> Annotation:
    return Annotation(
        annotation_id=f"{sample_id}/{rater}/{attribute}",
        sample_id=sample_id,
        rater=rater,
        rater_kind=kind,
        rater_version="1",
        mode=Mode.INFORMED,
        attribute=attribute,
        verdict=verdict,
        rationale=rationale,
        cues=cues,
    )


def samples(count: int) -> list[ReviewSample]:
    """Every other one a forgery with a mask; every one with rows of a machine and of a person."""
    made = []
    for index in range(count):
        forged = index % 2 == 0
        sample_id = f"job-{index:04d}" if forged else f"source-{index:04d}"
        verdict = Verdict.PRESENT if forged else Verdict.ABSENT
        rows = tuple(
            row(sample_id, attribute, verdict, rater, kind, rationale=f"{rater} says so.")
            for attribute in (WHOLE, *(one.id for one in ATTRIBUTES))
            for rater, kind in (("model", RaterKind.MLLM), ("ann@example.org", RaterKind.HUMAN))
        )
        made.append(
            ReviewSample(
                sample_id=sample_id,
                address=f"https://pictures.example/{index}",
                width=WIDTH,
                height=HEIGHT,
                mask=encode_mask(disc()) if forged else None,
                rows=rows,
            )
        )
    return made


def result(control: str, kind: str, value: dict[str, Any], name: str = "") -> dict[str, Any]:
    return {
        "id": name or control,
        "from_name": control,
        "to_name": "picture",
        "type": kind,
        "value": value,
    }


def choice(control: str, *words: str) -> dict[str, Any]:
    return result(control, "choices", {"choices": list(words)})


def text(control: str, words: str, name: str = "") -> dict[str, Any]:
    return result(control, "textarea", {"text": [words]}, name)


def brush(label: str, mask: Mask, name: str) -> dict[str, Any]:
    value = {"format": "rle", "rle": encode_brush(mask), "brushlabels": [label]}
    size = {"original_width": WIDTH, "original_height": HEIGHT, "image_rotation": 0}
    return result("regions", "brushlabels", value, name) | size


def answer(whole: str = "forged", edges: str = "present") -> list[dict[str, Any]]:
    """What somebody submits who answers everything."""
    others = [choice(one.id, "absent") for one in ATTRIBUTES if one.id != "edges"]
    return [choice("whole", whole), choice("edges", edges), *others]
