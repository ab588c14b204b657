"""Writes a published set as conversations, in the forms that LLaVA and ms-swift train on.

LLaVA: a JSON list of `id`, `image` and `conversations` (its docs/Finetune_Custom_Data.md).
ms-swift: JSON lines of its standard format, `messages` of `role` and `content` with an `<image>`
for each of `images` (its documentation, "Custom Dataset"). Paths are relative to the export's
folder: pass it to LLaVA as `--image_folder`, to ms-swift in the variable ROOT_IMAGE_DIR.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import ExitStack
from typing import Any

from upath import UPath

from annotation.exports.rows import Exported, Row, Rows, picture_path, put
from annotation.exports.streams import json_lines, json_list

QUESTION = (
    "Is this image real or fake? Say what it shows, go through light, edges, texture, quality and "
    "whether it makes sense, and conclude."
)
IMAGES = "images"
FORMS = ("llava", "swift")


def export_conversations(
    rows: Rows, root: UPath, forms: Collection[str] = FORMS, question: str = QUESTION
) -> Exported:
    """Write `llava_<split>.json` and `swift_<split>.jsonl`, or one of them, and the pictures.

    The answer is the row's `reasoning`, with the attributes' names. Pictures are written once and
    one at a time; an export that was broken off goes on where it was. Raises `ValueError` for
    another form.
    """
    unknown = sorted(set(forms) - set(FORMS))
    if unknown:
        raise ValueError(f"no such form of conversations: {unknown}; there are {list(FORMS)}")
    adding: dict[str, Callable[[Any], None]] = {}
    pictures = 0
    with ExitStack() as files:
        for split, row in rows(("sample_id", "image", "codec", "reasoning")):
            path = picture_path(IMAGES, split, row)
            put(root, path, row["image"])
            pictures += 1
            for form in sorted(forms):
                name = f"{form}_{split}.{'json' if form == 'llava' else 'jsonl'}"
                if name not in adding:
                    stream = json_list if form == "llava" else json_lines
                    adding[name] = files.enter_context(stream(root / name))
                entry = _llava if form == "llava" else _swift
                adding[name](entry(row, path, question))
    return Exported(pictures, tuple(sorted(adding)))


def _llava(row: Row, path: str, question: str) -> dict[str, Any]:
    return {
        "id": row["sample_id"],
        "image": path,
        "conversations": [
            {"from": "human", "value": f"<image>\n{question}"},
            {"from": "gpt", "value": row["reasoning"]},
        ],
    }


def _swift(row: Row, path: str, question: str) -> dict[str, Any]:
    return {
        "messages": [
            {"role": "user", "content": f"<image>{question}"},
            {"role": "assistant", "content": row["reasoning"]},
        ],
        "images": [path],
    }
