"""Writes a published set as questions whose answers begin with the verdict, after DeFakerOne.

Venus-DeFakerOne (arXiv 2605.14091) asks by ten templates and reads the verdict off the first word
of the answer; for some pictures it is trained on a mask as well. The templates here are ours.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from upath import UPath

from annotation.exports.rows import Exported, Row, Rows, label_of, picture_path, put
from annotation.exports.streams import json_lines
from schemas.identity import unit_interval
from schemas.vocabulary import Label

IMAGES, MASKS = "images", "masks"
TEMPLATES: tuple[tuple[str, str, str], ...] = (
    (
        "Has this image been forged?",
        "Yes, it has been forged.",
        "No, it has not been forged.",
    ),
    (
        "Is any part of this picture the work of a machine or an editor?",
        "Yes, not all of it came through a lens.",
        "No, all of it is as it was captured.",
    ),
    (
        "Do you see signs that somebody tampered with this image?",
        "Yes, it was tampered with.",
        "No, nothing was tampered with.",
    ),
    (
        "Should a reader doubt that this picture is authentic?",
        "Yes, it is not authentic.",
        "No, it is authentic.",
    ),
    (
        "Was this picture, or something in it, made up?",
        "Yes, there is something made up in it.",
        "No, there is nothing made up in it.",
    ),
    (
        "Is this a fake?",
        "Yes, this is a fake.",
        "No, this is real.",
    ),
    (
        "Were pixels of this image generated, or replaced by others?",
        "Yes, pixels of it were generated or replaced.",
        "No, its pixels are those that were captured.",
    ),
    (
        "Would an examiner reject this picture as evidence?",
        "Yes, it was altered and proves nothing.",
        "No, it was not altered.",
    ),
    (
        "Does this image show anything that was not there when it was captured?",
        "Yes, it shows what was not there.",
        "No, it shows what was there.",
    ),
    (
        "Has the content of this picture been manipulated, in whole or in part?",
        "Yes, its content has been manipulated.",
        "No, its content has not been manipulated.",
    ),
)
"""Questions with the answers for a forgery and for an authentic picture. Yes always says forged."""
_COLUMNS = ("sample_id", "image", "label", "codec", "mask_applied", "mask_observed")


def export_questions(rows: Rows, root: UPath, masks: bool = True) -> Exported:
    """Write `questions_<split>.jsonl`, the pictures, and, unless told otherwise, the masks.

    A line has `id`, `image`, `question`, `answer`, `label` ("real" or "fake") and `mask`: the path
    of a one-bit PNG of the pixels that were changed, null where there is none. Which template asks
    about a picture is decided by its id. Pictures are written once and one at a time; an export
    that was broken off goes on where it was.
    """
    adding: dict[str, Callable[[Any], None]] = {}
    pictures = 0
    with ExitStack() as files:
        for split, row in rows(_COLUMNS):
            path = picture_path(IMAGES, split, row)
            put(root, path, row["image"])
            pictures += 1
            mask = (row["mask_observed"] or row["mask_applied"]) if masks else None
            mask_path = None if mask is None else picture_path(MASKS, split, row, "png")
            if mask_path is not None:
                put(root, mask_path, mask)
            name = f"questions_{split}.jsonl"
            if name not in adding:
                adding[name] = files.enter_context(json_lines(root / name))
            adding[name](_entry(row, path, mask_path))
    return Exported(pictures, tuple(sorted(adding)))


def _entry(row: Row, path: str, mask: str | None) -> dict[str, Any]:
    number = int(unit_interval("question", row["sample_id"]) * len(TEMPLATES))
    question, forged, authentic = TEMPLATES[number]
    label = label_of(row)
    return {
        "id": row["sample_id"],
        "image": path,
        "question": question,
        "answer": forged if label is Label.FAKE else authentic,
        "label": label.value,
        "mask": mask,
    }
